import type { LedgerPort, OutboxItem, PostUsageResult, UsageFlush } from "#admission";
import type { SeededRandom } from "../engine/seeded-random.ts";
import { Violation } from "../engine/violation.ts";
import { amountOf, idOf } from "../model/outbox-observer.ts";
import type { World } from "../engine/world.ts";
import type { Faults } from "../scenario.ts";
import { LostMessage, type Network } from "./network.ts";

/** What the object waits for one answer. */
const TIMEOUT_MS = 10_000;
const OUTAGE_MS = [500, 60_000] as const;
/** A violated constraint, as a row that the ledger will never take. */
const POISON = "23514";
const HASH_PRIME = 16_777_619;
const HASH_SPAN = 4_294_967_296;

/** One flush that the ledger took, in the order in which it did. */
export interface TakenFlush {
  readonly flush: UsageFlush;
  readonly repeated: boolean;
}

/**
 * The ledger by the rules of `post_usage`: all or nothing, the same flush again changes nothing, the same id with other
 * rows is refused, each receipt is posted once. Beside them what production must never make use of is a violation.
 */
export class PretendLedger {
  readonly posted = new Map<string, OutboxItem>();
  readonly history: TakenFlush[] = [];
  sumNano = 0n;
  faults: Faults;
  readonly #world: World;
  readonly #network: Network;
  readonly #random: SeededRandom;
  readonly #seed: number;
  readonly #flushes = new Map<string, string>();
  #awayUntilMs = 0;

  constructor(
    world: World,
    network: Network,
    random: SeededRandom,
    options: { readonly seed: number; readonly faults: Faults },
  ) {
    this.#world = world;
    this.#network = network;
    this.#random = random;
    this.#seed = options.seed;
    this.faults = options.faults;
  }

  /** The ledger as the account object reaches it: never throws, and gives up on an answer. */
  readonly port: LedgerPort = {
    postUsage: (flush) => {
      const { promise, resolve } = Promise.withResolvers<PostUsageResult>();
      const away = (): void => resolve({ ok: false, reason: "unavailable" });
      const cancel = this.#world.after(TIMEOUT_MS, away);
      void this.#network
        .call(async () => this.#answer(flush))
        .then(resolve, away)
        .finally(cancel);
      return promise;
    },
  };

  /** The database goes away for a while. */
  goAway(): void {
    const forMs = this.#random.magnitude(...OUTAGE_MS);
    this.#world.note("ledger", "away", `${forMs} ms`);
    this.#awayUntilMs = this.#world.nowMs + forMs;
  }

  comeBack(): void {
    this.#awayUntilMs = 0;
  }

  #answer(flush: UsageFlush): PostUsageResult {
    const { ledgerLostRequest, ledgerLostReply } = this.faults;
    if (this.#world.nowMs < this.#awayUntilMs || this.#random.chance(ledgerLostRequest)) throw new LostMessage();
    const result = this.#post(flush);
    this.#world.note("ledger", "posts", flush.flushId, `${flush.items.length} rows`, result);
    if (this.#random.chance(ledgerLostReply)) throw new LostMessage();
    return result;
  }

  #post(flush: UsageFlush): PostUsageResult {
    const text = JSON.stringify(flush);
    const before = this.#flushes.get(flush.flushId);
    if (before !== undefined) {
      // PR001 in Postgres: the books stay right, and the object has forgotten what it sent.
      if (before !== text) this.#fail("a flush was sent again with other rows", { before, text });
      this.history.push({ flush, repeated: true });
      return { ok: true };
    }
    if (flush.items.some((item) => this.isPoison(item))) return { ok: false, reason: "poison", sqlstate: POISON };
    const orphan = flush.items.find(
      (item) => item.type === "correction" && !this.#isRecorded(item.correction.receipt_id, flush),
    );
    if (orphan !== undefined) return { ok: false, reason: "poison", sqlstate: "PR005" };
    this.#flushes.set(flush.flushId, text);
    this.history.push({ flush, repeated: false });
    for (const item of flush.items) this.#postItem(item);
    return { ok: true };
  }

  #postItem(item: OutboxItem): void {
    const id = idOf(item);
    // Postgres would skip it: no sum is wrong, but a row stood in two flushes at once.
    if (this.posted.has(id)) this.#fail("a row was posted by two flushes", { id });
    this.posted.set(id, item);
    this.sumNano += amountOf(item);
  }

  #isRecorded(receiptId: string, { items }: UsageFlush): boolean {
    return this.posted.has(receiptId) || items.some((item) => item.type === "receipt" && item.receipt.id === receiptId);
  }

  /** By the row's id, so that it is refused however often it comes. */
  isPoison(item: OutboxItem): boolean {
    let hash = this.#seed;
    for (const character of idOf(item)) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), HASH_PRIME);
    return (hash >>> 0) / HASH_SPAN < this.faults.poison;
  }

  #fail(what: string, figures: Record<string, unknown>): void {
    this.#world.fail(new Violation("receipts", what, figures));
  }
}
