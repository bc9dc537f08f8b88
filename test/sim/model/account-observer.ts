import {
  periodEndsMs,
  type AdmitCommand,
  type AdmitResult,
  type CheckpointCommand,
  type ExtendCommand,
  type ExtendResult,
  type Lease,
  type LeaseCommand,
  type LeasedCall,
  type LeaseWish,
  type ReturnCommand,
  type SettleCommand,
  type SettleResult,
} from "#admission";
import { ensure } from "../engine/violation.ts";
import type { Books, TrueEnd } from "./books.ts";
import type { KeyBooks } from "./key-books.ts";
import { checkMoney, checkRates, checkShares } from "./limit-checks.ts";
import { feeOf, floorTokens, heldAt, least, mostTokens, positive, tokensAt } from "./prices.ts";
import { checkRefusal } from "./refusal-checks.ts";
import type { Instant, TrueCall, TrueLease } from "./true-records.ts";

/** How wrong durations may be that reach back so far: the clocks' jumps since. */
export type SlackSince = (sinceMs: number) => number;

/** Who asked for a lease, and when. */
export interface Asked {
  readonly isolate: string;
  readonly atMs: number;
}

const WINDOW_REACH_MS = 130_000;
const FOR_GOOD: ReadonlySet<string> = new Set(["insufficient_credit", "key_budget_exceeded", "budget_exceeded"]);
const BEFORE_MONEY: ReadonlySet<string> = new Set([
  "invalid_api_key",
  "api_key_revoked",
  "api_key_disabled",
  "api_key_expired",
  "internal_error",
]);
const CLOCK_SLACK_MS = 3_600_000;

/** Reads what the account did with each command, in the order in which it did, into the books, and holds it to them. */
export class AccountObserver {
  readonly #books: Books;
  readonly #slackSince: SlackSince;
  readonly #asked: ReadonlyMap<string, Asked>;

  constructor(books: Books, slackSince: SlackSince, asked: ReadonlyMap<string, Asked>) {
    this.#books = books;
    this.#slackSince = slackSince;
    this.#asked = asked;
  }

  admitted(isolate: string, command: AdmitCommand, result: AdmitResult, now: Instant): void {
    const books = this.#books;
    const { id } = command.draft;
    const known = books.calls.get(id);
    if (!result.ok) {
      // Whoever has no valid key, or no new id, is turned away before the wallet is looked at.
      if (!BEFORE_MONEY.has(result.refusal.code)) books.expire(now.accountMs);
      checkRefusal(books, command, result.refusal, now, this.#slackSince(now.trueMs - WINDOW_REACH_MS));
      return;
    }
    const { admission } = result;
    if (known?.state !== "open") books.expire(now.accountMs);
    if (known?.state === "open") {
      ensure(known.heldNano === admission.heldNano, "replay", "an admission repeated holds something else", () => ({ id }));
    } else {
      ensure(known === undefined, "once", "a second hold under one id", () => ({ id, state: known?.state }));
      this.#checkGood(admission.heldNano, now, "admitted");
      this.#open(isolate, command, admission, now);
    }
    if (admission.lease && command.lease) this.leased(command.keyHash, command.lease, admission.lease, now);
  }

  #open(isolate: string, command: AdmitCommand, admission: { heldNano: bigint; outputTokens: number | null; tokens: number }, now: Instant): void {
    const books = this.#books;
    const { draft, keyHash, hold, maxCostNano, idempotency } = command;
    const key = books.keyOf(keyHash);
    const isExpired = now.accountMs >= (key.record.expiresAtMs ?? Infinity);
    const isShut = isExpired || key.shutSinceMs !== null || books.organizationShutSinceMs !== null;
    ensure(!isShut, "leaseLife", "the account admitted a call of a key that is shut", () => ({ id: draft.id }));
    checkGrant(books, command, admission);
    if (idempotency) this.#checkIdempotency(`${keyHash} ${idempotency.keyHash}`, now);
    const call: TrueCall = {
      draft,
      keyHash,
      lease: null,
      isolate,
      admittedMs: now.trueMs,
      maxCostNano,
      idempotencyHash: idempotency?.keyHash ?? null,
      boundTokens: admission.tokens,
      tokens: admission.tokens,
      state: "open",
      heldNano: admission.heldNano,
      isLate: false,
      deadlineMs: now.accountMs + books.limits.requestMaxMs + books.limits.holdGraceMs,
      periods: books.periodsAt(keyHash, now.accountMs),
      scopes: key.sharedScopes,
      checkpoint: null,
      costNano: 0n,
      upstreamNano: 0n,
      endedMs: 0,
      owed: [],
      receipts: 0,
      isOrphan: false,
    };
    books.open(call);
    key.use(call, now.trueMs);
    checkMoney(books, call, "admitted", call.heldNano);
    checkRates(books, key, now, this.#slackSince(now.trueMs - WINDOW_REACH_MS), "admitted");
    ensure(hold.baseNano >= 0n, "limits", "a negative hold", () => ({ id: draft.id }));
  }

  /** Nothing new is promised from credit whose time is over. */
  #checkGood(nano: bigint, { accountMs }: Instant, what: string): void {
    const { lots, freeNano, leasedNano } = this.#books;
    const expiredNano = lots.expiredNano(accountMs);
    ensure(nano === 0n || expiredNano === 0n, "limits", `${what} from credit that has expired`, () => ({
      nano,
      expiredNano,
      freeNano,
      leasedNano,
    }));
  }

  #checkIdempotency(name: string, { accountMs }: Instant): void {
    const { running, used, limits } = this.#books;
    ensure(!running.has(name), "replay", "two running calls under one idempotency key", () => ({ name }));
    const before = used.get(name);
    const isFree = before === undefined || accountMs - before.endedMs > limits.endedKeepMs;
    ensure(isFree, "replay", "a second call under an idempotency key", () => ({ name, ...before }));
  }

  /** A lease was given, or described again. */
  leased(keyHash: string, wish: LeaseWish, lease: Lease, now: Instant): void {
    const books = this.#books;
    const known = books.leases.get(lease.id);
    if (known !== undefined) {
      const { nano, requests, tokens, slots } = lease;
      const isSame =
        known.state === "open" && nano === known.left.nano && requests === known.left.requests &&
        tokens === known.left.tokens && slots === known.left.slots;
      ensure(isSame, "replay", "a lease described again is another one", () => ({ lease, left: known.left }));
      return;
    }
    const key = books.keyOf(keyHash);
    this.#checkGiven(key, wish, lease, now);
    const asked = this.#asked.get(lease.id);
    ensure(asked !== undefined, "once", "a lease that nobody asked for", () => ({ lease }));
    const { nano, requests, tokens, slots, lifeMs } = lease;
    const expiresMs = now.accountMs + lifeMs;
    const given: TrueLease = {
      id: lease.id,
      keyHash,
      isolate: asked?.isolate ?? "",
      askedMs: asked?.atMs ?? now.trueMs,
      grantedMs: now.trueMs,
      lifeMs,
      expiresMs,
      deadlineMs: expiresMs + books.limits.requestMaxMs + books.limits.holdGraceMs,
      periods: books.periodsAt(keyHash, now.accountMs),
      scopes: key.sharedScopes,
      granted: { nano, requests, tokens, slots },
      left: { nano, requests, tokens, slots },
      used: { nano: 0n, requests: 0, tokens: 0, slots: 0 },
      untold: new Set(),
      state: "open",
    };
    books.grant(given);
    const slackMs = this.#slackSince(now.trueMs - WINDOW_REACH_MS);
    this.#checkGood(nano, now, "leased");
    checkMoney(books, given, "leased", nano);
    checkRates(books, key, now, slackMs, "leased");
    checkShares(books, key, given, now, slackMs);
  }

  #checkGiven(key: KeyBooks, wish: LeaseWish, lease: Lease, { accountMs }: Instant): void {
    const { limits, organization, spentLeases, openLeases } = this.#books;
    const { id, nano, requests, tokens, slots, lifeMs } = lease;
    const isOpen = key.record.status === "active" && organization?.status === "active";
    const isStrict = key.record.strict === true || organization?.strict === true;
    ensure(isOpen && !isStrict, "leaseLife", "a lease of a key that is shut or strict", () => ({ id }));
    ensure(!spentLeases.has(id), "once", "a lease was given after its return", () => ({ id }));
    const calls = BigInt(requests);
    const isWhole = nano === wish.callNano * calls && tokens === wish.callTokens * requests && slots === requests;
    ensure(isWhole && requests > 0, "limits", "a lease is not what was wished for", () => ({ wish, lease }));
    const callsMost = Math.min(wish.calls, limits.leaseCallsMax);
    ensure(requests <= callsMost, "limits", "a lease of more calls than it may have", () => ({ requests, callsMost }));
    ensure(openLeases.size < limits.leasesMax, "limits", "more leases than may be open", () => ({ open: openLeases.size }));
    const dayEndsMs = periodEndsMs(accountMs, organization?.timeZone) - accountMs;
    const endsMs = Math.min(limits.leaseLifeMs, dayEndsMs, (key.record.expiresAtMs ?? Infinity) - accountMs);
    ensure(lifeMs > 0 && lifeMs <= endsMs, "leaseLife", "a lease lives too long", () => ({ lifeMs, endsMs }));
  }

  /** The account hears of a call that a teller admitted. */
  #hear(leased: LeasedCall | null | undefined, now: Instant): void {
    if (!leased) return;
    const books = this.#books;
    const { id } = leased.draft;
    const call = books.calls.get(id);
    const lease = call?.lease ?? null;
    const isSame =
      call !== undefined && lease?.id === leased.leaseId && call.boundTokens === leased.tokens && call.keyHash === leased.keyHash;
    if (!isSame || lease === null) {
      ensure(false, "receipts", "a call was told that nobody admitted", () => ({ leased, call }));
      return;
    }
    if (call.state !== "untold") return;
    ensure(call.heldNano === leased.heldNano, "receipts", "a call was told with another hold", () => ({ leased, held: call.heldNano }));
    ensure(lease.state !== "returned", "once", "a lease was returned without one of its calls", () => ({ id, lease: lease.id }));
    const isOld = lease.state === "lost" && now.accountMs - Date.parse(leased.draft.occurred_at) > books.limits.endedKeepMs - CLOCK_SLACK_MS;
    if (!isOld) books.adopt(call, lease, leased, now);
  }

  returned({ leaseId, calls }: ReturnCommand, now: Instant): void {
    for (const call of calls) this.#hear(call, now);
    const books = this.#books;
    books.spentLeases.add(leaseId);
    const lease = books.leases.get(leaseId);
    if (lease === undefined || lease.state !== "open") return;
    books.close(lease, "returned");
    ensure(lease.untold.size === 0, "once", "a lease was returned while calls of it run that nobody told of", () => ({
      lease: leaseId,
      untold: [...lease.untold].map(({ draft }) => draft.id),
    }));
  }

  extended(commands: readonly ExtendCommand[], results: readonly ExtendResult[], now: Instant): void {
    for (const [index, command] of commands.entries()) {
      const result = results[index];
      this.#hear(command.leased, now);
      if (result !== undefined) this.#extendedOne(command, result, now);
    }
  }

  #extendedOne({ id, toNano }: ExtendCommand, { heldNano, refusal }: ExtendResult, now: Instant): void {
    const books = this.#books;
    const call = books.openCalls.get(id);
    if (call === undefined) {
      ensure(heldNano === 0n && refusal !== null, "once", "a call that is not open was extended", () => ({ id, heldNano }));
      return;
    }
    const rooms = books.roomsOf(call);
    const neededNano = toNano - call.heldNano;
    const cappedNano = call.maxCostNano === null ? neededNano : least(neededNano, call.maxCostNano - call.heldNano);
    const grantedNano = positive(least(cappedNano, ...rooms.map((room) => room.freeNano - room.leasedNano)));
    const figures = () => ({ id, toNano, was: call.heldNano, heldNano, grantedNano, rooms, refusal });
    ensure(heldNano === call.heldNano + grantedNano, "limits", "an extension of another amount", figures);
    ensure((refusal === null) === (neededNano <= 0n || grantedNano === neededNano), "limits", "an extension's refusal", figures);
    this.#checkGood(grantedNano, now, "extended");
    books.grow(call, grantedNano);
    if (grantedNano > 0n) checkMoney(books, call, "extended", grantedNano);
    const isFinal = refusal !== null && FOR_GOOD.has(refusal.code);
    const isShort = rooms.some((room) => room.freeNano < neededNano);
    ensure(!isFinal || isShort, "liveness", "an extension was refused for good, and only leases stood in the way", figures);
  }

  checkpointed(commands: readonly CheckpointCommand[], now: Instant): void {
    for (const { id, measure, leased } of commands) {
      this.#hear(leased, now);
      const call = this.#books.openCalls.get(id);
      const costNano = BigInt(measure.cost_nano);
      if (call === undefined || (call.checkpoint !== null && costNano < call.checkpoint.costNano)) continue;
      call.checkpoint = { costNano, upstreamNano: BigInt(measure.upstream_cost_nano) };
    }
  }

  settled(commands: readonly SettleCommand[], results: readonly SettleResult[], now: Instant): void {
    for (const [index, command] of commands.entries()) {
      this.#hear(command.leased, now);
      const expected = this.#settledOne(command, now);
      const result = results[index];
      ensure(expected.some((one) => one === result), "receipts", "a settle was answered with something else", () => ({
        id: command.id,
        result,
        expected,
      }));
    }
  }

  #settledOne({ id, end, capNano = null }: SettleCommand, now: Instant): readonly SettleResult[] {
    const books = this.#books;
    const call = books.calls.get(id);
    const told: TrueEnd = {
      costNano: BigInt(end.cost_nano),
      upstreamNano: BigInt(end.upstream_cost_nano),
      tokens: (end.units.input ?? 0) + (end.units.output ?? 0),
      capNano,
      mayRepeat: end.outcome !== "completed" && end.outcome !== "unobserved",
    };
    if (call === undefined || call.state === "untold") return ["unknown"];
    if (call.state === "open") {
      books.end(call, "settled", told, now);
      return ["settled"];
    }
    const isOld = now.accountMs - call.endedMs > books.limits.endedKeepMs;
    if (call.state !== "swept") return isOld ? ["repeated", "unknown"] : ["repeated"];
    if (isOld) return ["unknown"];
    books.correct(call, told);
    return ["corrected"];
  }
}

/** A hold is what its request costs at most, and its output neither below what was asked for nor above what there is. */
function checkGrant(
  { isOwnKeyOnly }: Books,
  command: AdmitCommand,
  { heldNano, outputTokens, tokens }: { readonly heldNano: bigint; readonly outputTokens: number | null; readonly tokens: number },
): void {
  const { hold, maxCostNano } = command;
  const expectedNano = heldAt(hold, feeOf(command, isOwnKeyOnly), outputTokens);
  const figures = () => ({ id: command.draft.id, heldNano, expectedNano, outputTokens, tokens });
  ensure(heldNano === expectedNano, "limits", "a hold is not what its request costs", figures);
  ensure(tokens === tokensAt(hold, outputTokens ?? 0), "limits", "tokens are not those of the request", figures);
  ensure(maxCostNano === null || heldNano <= maxCostNano, "limits", "a hold above the caller's maximum", figures);
  const { output } = hold;
  if (output === null || outputTokens === null) {
    ensure(output === null && outputTokens === null, "limits", "output was granted that nobody asked for, or none", figures);
    return;
  }
  const isWithin = outputTokens >= (floorTokens(hold) ?? 0) && outputTokens <= mostTokens(output);
  ensure(isWithin, "limits", "output beyond what was asked for", figures);
}
