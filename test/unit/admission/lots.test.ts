import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { restoreAccount, type CreditEvent } from "#admission";
import { nanoUsd } from "#kernel";
import { constantCost, outcomeOf, START_MS, TestAccount } from "./account-fixture.ts";

const HOUR_MS = 3_600_000;
const PLAN = 0;

let entries = 0;
const credit = (nano: bigint, change: Partial<CreditEvent> = {}): CreditEvent => {
  entries += 1;
  return { type: "credit", entryId: `crd_${entries}`, amountNano: nanoUsd(nano), ...change };
};

const left = (account: TestAccount) =>
  account.state.lots.map(({ priority, remainingNano }) => [priority, remainingNano]);

const expired = (account: TestAccount): bigint[] =>
  account.rows.outbox().flatMap(({ item }) => (item.type === "expiry" ? [BigInt(item.expiry.amount_nano)] : []));

const isConserved = ({ state, rows }: TestAccount): void => {
  const creditNano = state.lots.reduce((sum, { remainingNano }) => sum + remainingNano, 0n);
  expect(creditNano - state.debtNano).toBe(state.balanceNano);
  expect(creditNano === 0n || state.debtNano === 0n).toBe(true);
  expect(restoreAccount(rows.stored())).toEqual(state);
};

describe("credit in lots", () => {
  it("is used by priority, then by what ends sooner, and paid credit last", () => {
    const account = new TestAccount({ balanceNano: 100n });
    account.apply([
      credit(10n, { priority: 10, expiresAtMs: START_MS + 2 * HOUR_MS }),
      credit(20n, { priority: 10, expiresAtMs: START_MS + HOUR_MS }),
      credit(30n, { priority: PLAN, expiresAtMs: START_MS + 9 * HOUR_MS }),
    ]);
    account.settle(account.open(40n), 40n);
    expect(left(account)).toEqual([
      [10, 10n],
      [10, 10n],
      [20, 100n],
    ]);
    expect(account.state.lots[0]?.expiresMs).toBe(START_MS + HOUR_MS);
    account.settle(account.open(25n), 25n);
    expect(left(account)).toEqual([[20, 95n]]);
    isConserved(account);
  });

  it("that ends is gone at its instant, told to the ledger, and admits nothing more", () => {
    const account = new TestAccount();
    account.apply([credit(50n, { expiresAtMs: START_MS + HOUR_MS }), credit(7n)]);
    account.nowMs += HOUR_MS - 1;
    expect(outcomeOf(account.admit(account.command(constantCost(58n))))).toBe("insufficient_credit");
    account.nowMs += 1;
    expect(outcomeOf(account.admit(account.command(constantCost(8n))))).toBe("insufficient_credit");
    expect(expired(account)).toEqual([50n]);
    expect(account.state.balanceNano).toBe(7n);
    account.sweep();
    expect(expired(account)).toEqual([50n]);
    isConserved(account);
  });

  it("that running calls hold when it ends stays theirs; what they leave of it goes then", () => {
    const account = new TestAccount();
    account.apply([credit(50n, { expiresAtMs: START_MS + HOUR_MS })]);
    const id = account.open(30n);
    account.nowMs += HOUR_MS;
    account.sweep();
    expect([expired(account), account.state.balanceNano]).toEqual([[20n], 30n]);
    account.settle(id, 12n);
    account.sweep();
    expect([expired(account), account.state.balanceNano]).toEqual([[20n, 18n], 0n]);
    isConserved(account);
  });

  it("that ended is not leased, and what leases have of it is left to them", () => {
    const account = new TestAccount();
    account.apply([credit(1_000n, { expiresAtMs: START_MS + HOUR_MS })]);
    const wish = { id: "lse_01jd0000000000000000000000", calls: 4, callNano: nanoUsd(10n), callTokens: 1 };
    account.nowMs += HOUR_MS - 2_000;
    expect(account.lease(wish)).toMatchObject({ nano: 40n });
    account.nowMs += 2_000;
    expect(account.lease({ ...wish, id: "lse_01jd0000000000000000000001", calls: 1 })).toBeNull();
    expect([expired(account), account.state.balanceNano]).toEqual([[960n], 40n]);
    account.returnLease({ leaseId: wish.id, calls: [] });
    account.sweep();
    expect([expired(account), account.state.balanceNano]).toEqual([[960n, 40n], 0n]);
    isConserved(account);
  });

  it("pays what is owed first", () => {
    const account = new TestAccount({ balanceNano: 10n });
    account.settle(account.open(10n), 25n);
    expect(account.state).toMatchObject({ balanceNano: -15n, debtNano: 15n });
    account.apply([credit(20n, { priority: PLAN, expiresAtMs: START_MS + HOUR_MS })]);
    expect(left(account)).toEqual([[PLAN, 5n]]);
    isConserved(account);
  });

  it("that is taken back goes as what is used does, and is owed only where no lot has it", () => {
    const account = new TestAccount({ balanceNano: 100n });
    account.apply([credit(50n, { priority: PLAN, expiresAtMs: START_MS + HOUR_MS }), credit(-60n)]);
    expect(left(account)).toEqual([[20, 90n]]);
    isConserved(account);
    account.apply([credit(-120n)]);
    expect(account.state).toMatchObject({ balanceNano: -30n, debtNano: 30n, lots: [] });
    // What is paid afterwards is not eaten by credit that ended meanwhile.
    account.apply([credit(80n)]);
    account.nowMs += HOUR_MS;
    account.sweep();
    expect([expired(account), account.state.balanceNano]).toEqual([[], 50n]);
    isConserved(account);
  });

  it("that has ended is no room for a running call to grow into", () => {
    const account = new TestAccount();
    account.apply([credit(50n, { expiresAtMs: START_MS + HOUR_MS })]);
    const id = account.open(30n);
    account.nowMs += HOUR_MS;
    expect(account.extend({ id, toNano: nanoUsd(40n) })).toMatchObject({
      heldNano: 30n,
      refusal: { code: "insufficient_credit" },
    });
    expect(expired(account)).toEqual([20n]);
    isConserved(account);
  });

  it("of one priority and end is one lot, however often it comes", () => {
    const account = new TestAccount();
    account.apply([credit(1n), credit(2n), credit(3n)]);
    expect(left(account)).toEqual([[20, 6n]]);
  });

  it("of a wallet from before lots is one lot, and a debt stays one", () => {
    for (const balanceNano of [7n, -7n]) {
      const rows = new TestAccount({ balanceNano: 0n }).rows.stored();
      const meta = rows.meta.map((row) => {
        if (row.name !== "wallet") return row;
        const { lots, ...old } = row;
        expect(lots).toEqual([]);
        return { ...old, balance_nano: balanceNano.toString() };
      });
      const { state } = { state: restoreAccount({ ...rows, meta }) };
      expect(state.debtNano).toBe(balanceNano < 0n ? 7n : 0n);
      expect(state.lots.map(({ remainingNano }) => remainingNano)).toEqual(balanceNano > 0n ? [7n] : []);
    }
  });

  it("is conserved over any history: what came in is what was spent, what ended and what is left", () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant("credit" as const),
        nano: fc.bigInt({ min: 1n, max: 100n }),
        priority: fc.constantFrom(0, 10, 20),
        hours: fc.option(fc.nat({ max: 9 }), { nil: null }),
      }),
      fc.record({ do: fc.constant("call" as const), held: fc.bigInt(0n, 60n), cost: fc.bigInt(0n, 90n) }),
      fc.record({ do: fc.constant("wait" as const), minutes: fc.nat({ max: 300 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const account = new TestAccount();
        const open: { id: string; cost: bigint }[] = [];
        let inNano = 0n;
        let spentNano = 0n;
        for (const one of steps) {
          if (one.do === "credit") {
            inNano += one.nano;
            const expiresAtMs = one.hours === null ? null : account.nowMs + one.hours * HOUR_MS;
            account.apply([credit(one.nano, { priority: one.priority, expiresAtMs })]);
          } else if (one.do === "call") {
            const command = account.command(constantCost(one.held));
            if (account.admit(command).ok) open.push({ id: command.draft.id, cost: one.cost });
          } else account.nowMs += one.minutes * 60_000;
          const [ending] = one.do === "wait" ? open.splice(0, 1) : [];
          if (ending) {
            account.settle(ending.id, ending.cost);
            spentNano += ending.cost;
          }
          if (one.do === "wait") account.sweep();
          isConserved(account);
        }
        const goneNano = expired(account).reduce((sum, nano) => sum + nano, 0n);
        expect(inNano - goneNano - sumCosts(account, spentNano)).toBe(account.state.balanceNano);
      }),
      { numRuns: 200 },
    );
  });
});

/** Calls that were swept cost nothing, so receipts add up to what was settled. */
function sumCosts(account: TestAccount, spentNano: bigint): bigint {
  const items = account.rows.outbox().map(({ item }) => item);
  const receipts = items.reduce(
    (sum, item) => sum + (item.type === "receipt" ? BigInt(item.receipt.cost_nano) : 0n),
    0n,
  );
  const deltas = items.reduce(
    (sum, item) => sum + (item.type === "correction" ? BigInt(item.correction.cost_delta_nano) : 0n),
    0n,
  );
  expect(receipts + deltas).toBe(spentNano);
  return spentNano;
}
