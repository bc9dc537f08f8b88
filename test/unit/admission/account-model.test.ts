import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { restoreAccount, type HoldRequest, type KeyRecord, type OutboxItem, type UsageFlush } from "#admission";
import { nanoUsd, type ReceiptEnd } from "#kernel";
import { outcomeOf, takenBy, TestAccount } from "./account-fixture.ts";
import { IDEMPOTENCY_KEYS_MAX, ReferenceAccount, shareOf } from "./reference-account.ts";

/** Receipts and corrections of this cost are what the pretended ledger refuses for good. */
const POISON_NANO = "13";
const TOKEN_PRICE = { pico: 1_000n, per: 1n };
/** What a call on the organization's own key is charged of its price. */
const FEE_PER_MILLION = 300_000n;
const OWN_KEY_PROVIDER = "openai";

type Step =
  | { readonly do: "wait"; readonly ms: number }
  | {
      readonly do: "admit";
      readonly cost: number;
      readonly tokens: number;
      readonly output: Output | null;
      readonly max: number | null;
      readonly idempotency: string | null;
      readonly onOwnKey: boolean;
    }
  | {
      readonly do: "settle";
      readonly pick: number;
      readonly cost: number;
      readonly tokens: number;
      readonly outcome: "completed" | "aborted" | "interrupted" | "failed";
      readonly twice: boolean;
    }
  | { readonly do: "checkpoint"; readonly pick: number; readonly cost: number }
  | { readonly do: "sweep" | "restart" | "prune" | "repeat-admit" }
  | { readonly do: "credit"; readonly nano: number }
  | { readonly do: "limits"; readonly key: Partial<KeyRecord> }
  | { readonly do: "flush"; readonly answer: "ok" | "lost-request" | "lost-reply" };

interface Output {
  readonly requested: number | null;
  readonly choices: number;
}

const orNull = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: null, freq: 2 });
const pick = fc.nat({ max: 40 });
const limits = fc.record({
  requestsPerMinute: orNull(fc.nat({ max: 8 })),
  tokensPerMinute: orNull(fc.nat({ max: 400 })),
  concurrency: orNull(fc.nat({ max: 5 })),
  budget: orNull(
    fc.record({
      limitNano: fc.nat({ max: 900 }).map((nano) => nanoUsd(BigInt(nano))),
      period: fc.constantFrom("day", "week", "month", "total"),
    }),
  ),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("wait"),
      ms: fc.oneof(fc.nat({ max: 5_000 }), fc.nat({ max: 61_000 }), fc.constantFrom(1_860_000, 86_400_000)),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("admit"),
      cost: fc.nat({ max: 150 }),
      tokens: fc.nat({ max: 120 }),
      output: orNull(fc.record({ requested: orNull(fc.nat({ max: 60 })), choices: fc.integer({ min: 1, max: 3 }) })),
      max: orNull(fc.nat({ max: 200 })),
      idempotency: orNull(fc.constantFrom("1d".repeat(32), "2d".repeat(32), "3d".repeat(32))),
      onOwnKey: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("settle"),
      pick,
      cost: fc.oneof(fc.nat({ max: 200 }), fc.constant(0)),
      tokens: fc.nat({ max: 150 }),
      outcome: fc.constantFrom("completed", "aborted", "interrupted", "failed"),
      twice: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("checkpoint"), pick, cost: fc.nat({ max: 120 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("sweep", "restart", "prune", "repeat-admit") }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("credit"), nano: fc.nat({ max: 500 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("limits"), key: limits }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("flush"), answer: fc.constantFrom("ok", "lost-request", "lost-reply") }),
  },
);

/** A ledger that posts each row once, each flush the same, and refuses a flush whole that has a poison row. */
class PretendLedger {
  readonly posted = new Map<string, OutboxItem>();
  readonly #flushes = new Map<string, string>();

  post(flush: UsageFlush): "ok" | "poison" {
    const text = JSON.stringify(flush.items);
    const before = this.#flushes.get(flush.flushId);
    expect(before ?? text, "a repeated flush is the same flush").toBe(text);
    if (flush.items.some((item) => takenBy(item) === POISON_NANO)) return "poison";
    this.#flushes.set(flush.flushId, text);
    for (const item of flush.items) this.posted.set(idOf(item), item);
    return "ok";
  }
}

const idOf = (item: OutboxItem): string => {
  if (item.type === "receipt") return item.receipt.id;
  if (item.type === "correction") return item.correction.id;
  return item.type === "alert" ? item.alert.id : item.expiry.id;
};

/** Runs steps on the account and the reference, and checks every invariant after each. */
class Run {
  readonly account = new TestAccount({
    balanceNano: 600n,
    limits: { flushRowsMax: 4, idempotencyKeysMax: IDEMPOTENCY_KEYS_MAX },
  });
  readonly reference = new ReferenceAccount();
  readonly ledger = new PretendLedger();
  readonly enqueued = new Map<string, OutboxItem>();
  key: KeyRecord = this.account.key;
  version = 1;
  lastAdmitted: ReturnType<TestAccount["command"]> | null = null;

  constructor() {
    this.reference.creditNano = 600n;
    const key = { sealed: "sealed", keyVersion: "k1", mode: "only" } as const;
    this.account.apply([{ type: "provider_key", version: 1, provider: OWN_KEY_PROVIDER, key }]);
  }

  step(step: Step): void {
    switch (step.do) {
      case "wait":
        this.account.nowMs += step.ms;
        break;
      case "admit":
        this.admit(step);
        break;
      case "settle":
        this.settle(step);
        break;
      case "checkpoint":
        this.checkpoint(step.pick, BigInt(step.cost));
        break;
      case "sweep":
        expect(this.account.sweep()).toBe(this.reference.sweep(this.account.nowMs));
        break;
      case "restart":
        this.account.restart();
        break;
      case "prune":
        this.account.prune();
        break;
      case "repeat-admit":
        this.repeatAdmit();
        break;
      case "credit":
        this.credit(step.nano);
        break;
      case "limits":
        this.version += 1;
        this.key = { ...this.key, ...step.key };
        this.account.apply([{ type: "key", version: this.version, key: this.key }]);
        break;
      case "flush":
        this.flush(step.answer);
    }
    this.check();
  }

  admit({ cost, tokens, output, max, idempotency, onOwnKey }: Extract<Step, { do: "admit" }>): void {
    const { account, reference } = this;
    const hold: HoldRequest = {
      baseNano: nanoUsd(BigInt(cost)),
      inputTokens: tokens,
      output: output === null ? null : { ...output, price: TOKEN_PRICE, maximum: 50, minimum: 4 },
    };
    const maxCostNano = max === null ? null : nanoUsd(BigInt(max));
    const feePerMillion = onOwnKey ? FEE_PER_MILLION : null;
    const expected = reference.decide(this.key, { hold, maxCostNano, idempotency, feePerMillion }, account.nowMs);
    const command = account.command(hold, {
      maxCostNano,
      idempotency: idempotency === null ? null : { keyHash: idempotency },
      providers: onOwnKey ? [OWN_KEY_PROVIDER] : ["groq"],
      byokFeePerMillion: FEE_PER_MILLION,
    });
    const result = account.admit(command);
    if (!result.ok) {
      expect(outcomeOf(result)).toBe(expected);
      return;
    }
    expect(result.admission.outputTokens).toBe(expected);
    const granted = (result.admission.outputTokens ?? 0) * (output?.choices ?? 1);
    const heldNano = shareOf(hold.baseNano + BigInt(granted), feePerMillion);
    expect(result.admission.heldNano).toBe(heldNano);
    const boundTokens = tokens + granted;
    reference.calls.push({
      id: command.draft.id,
      atMs: account.nowMs,
      heldNano,
      maxCostNano,
      idempotency,
      boundTokens,
      tokens: boundTokens,
      checkpointNano: null,
      end: "open",
      endedMs: 0,
      costNano: 0n,
      wasFree: false,
    });
    this.lastAdmitted = command;
    // Invariant 2, at the admission itself. What costs nothing asks nothing of the wallet.
    if (heldNano > 0n) expect(account.availableNano).toBeGreaterThanOrEqual(0n);
    if (this.key.budget !== null) {
      expect(reference.budgetUsedNano(this.key, account.nowMs)).toBeLessThanOrEqual(this.key.budget.limitNano);
    }
  }

  settle({ pick, cost, tokens, outcome, twice }: Extract<Step, { do: "settle" }>): void {
    const call = this.reference.calls[pick % Math.max(1, this.reference.calls.length)];
    if (call === undefined) return;
    const { nowMs } = this.account;
    const end = { units: { input: tokens }, outcome } as const;
    const expected = this.reference.settle(
      call,
      { costNano: BigInt(cost), tokens, answered: outcome === "completed" },
      nowMs,
    );
    expect(this.settleOnce(call.id, cost, end, expected)).toBe(expected);
    if (!twice) return;
    // Invariant 5: the same command again changes nothing.
    const before = structuredClone(this.account.rows.stored());
    this.account.settle(call.id, BigInt(cost), end);
    expect(this.account.rows.stored()).toEqual(before);
  }

  settleOnce(id: string, cost: number, end: Partial<ReceiptEnd>, expected: string) {
    const result = this.account.settle(id, BigInt(cost), end);
    // A record older than 24 h may have been pruned: then a repeat is unknown.
    return expected === "repeated" && result === "unknown" ? expected : result;
  }

  checkpoint(pick: number, costNano: bigint): void {
    const call = this.reference.calls[pick % Math.max(1, this.reference.calls.length)];
    if (call === undefined) return;
    this.account.checkpoint(call.id, costNano);
    if (call.end === "open" && costNano >= (call.checkpointNano ?? 0n)) call.checkpointNano = costNano;
  }

  repeatAdmit(): void {
    if (this.lastAdmitted === null) return;
    const before = structuredClone(this.account.rows.stored());
    if (
      this.account.rows.findEnded(this.lastAdmitted.draft.id) === null &&
      !this.account.state.holds.has(this.lastAdmitted.draft.id)
    )
      return;
    this.account.admit(this.lastAdmitted);
    expect(this.account.rows.stored()).toEqual(before);
  }

  credit(nano: number): void {
    const entryId = `txn_${this.version}_${nano}`;
    const isNew = !this.account.state.credits.has(entryId);
    const event = { type: "credit", entryId, amountNano: nanoUsd(BigInt(nano)) } as const;
    this.account.apply([event, event]);
    if (isNew) this.reference.creditNano += BigInt(nano);
  }

  flush(answer: "ok" | "lost-request" | "lost-reply"): void {
    const payload = this.account.freeze();
    if (payload === null) return;
    if (answer === "lost-request") {
      this.account.finish(payload.flushId, { ok: false, reason: "unavailable" });
      return;
    }
    const outcome = this.ledger.post(payload);
    if (answer === "lost-reply") this.account.finish(payload.flushId, { ok: false, reason: "unavailable" });
    else if (outcome === "ok") this.account.finish(payload.flushId, { ok: true });
    else this.account.finish(payload.flushId, { ok: false, reason: "poison", sqlstate: "23514" });
  }

  check(): void {
    const { account, reference } = this;
    expect(account.state.balanceNano).toBe(reference.balanceNano());
    expect(account.state.heldNano).toBe(reference.heldNano());
    expect([...account.state.holds.keys()]).toEqual(reference.openCalls().map((call) => call.id));
    for (const { id, item } of account.rows.outbox()) this.enqueued.set(id, item);
    this.checkReceipts();
    expect(restoreAccount(account.rows.stored())).toEqual(account.state);
  }

  /** Invariants 3 and 4: one receipt per ended call, and receipts with corrections add up to what the wallet paid. */
  checkReceipts(): void {
    const items = [...this.enqueued.values()];
    const receipts = items.flatMap((item) => (item.type === "receipt" ? [item.receipt.id] : []));
    const endedIds = this.reference.calls.filter((call) => call.end !== "open").map((call) => call.id);
    expect(receipts.toSorted()).toEqual(endedIds.toSorted());
    const paid = items.reduce((total, item) => total + BigInt(takenBy(item)), 0n);
    expect(paid).toBe(this.reference.creditNano - this.account.state.balanceNano);
  }

  /** Sends until nothing waits; every row is then with the ledger or set aside, none twice and none lost. */
  drain(): void {
    const roundsMax = 10 * this.enqueued.size + 10;
    for (let round = 0; round < roundsMax && this.account.state.outboxWaiting > 0; round += 1) {
      this.account.nowMs += 60_000;
      this.flush("ok");
    }
    expect(this.account.state.outboxWaiting).toBe(0);
    const aside = this.account.rows.outbox();
    expect(aside.every(({ item, set_aside }) => set_aside === "23514" && takenBy(item) === POISON_NANO)).toBe(true);
    expect([...this.ledger.posted.keys(), ...aside.map(({ id }) => id)].toSorted()).toEqual(
      [...this.enqueued.keys()].toSorted(),
    );
  }
}

describe("the account beside a reference that adds everything up anew", () => {
  it("decides, holds, charges and restores the same over any history (invariants 2 to 5)", () => {
    fc.assert(
      fc.property(limits, fc.array(step, { minLength: 30, maxLength: 80, size: "max" }), (key, steps) => {
        const run = new Run();
        run.step({ do: "limits", key });
        for (const one of steps) run.step(one);
        run.drain();
        run.check();
      }),
      { numRuns: 200 },
    );
  });
});
