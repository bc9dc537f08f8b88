import { describe, expect, it } from "vitest";
import { accountBooks, endedCalls, nextExpiryDueMs, restoreAccount } from "#admission";
import { nanoUsd } from "#kernel";
import { DEADLINE_MS, START_MS, TestAccount } from "./account-fixture.ts";

const HOUR_MS = 3_600_000;
const books = (account: TestAccount, entryIds: readonly string[] = []) =>
  accountBooks(account.state, { entryIds }, account.context);
const everything = (account: TestAccount, after = 0, limit = 1_000) =>
  endedCalls(account.rows, { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, after, limit });

/** An account that has had everything that takes from a wallet: a receipt, a swept one and its correction, an expiry. */
function busyAccount(): { account: TestAccount; settled: string; swept: string } {
  const account = new TestAccount({ balanceNano: 1_000n });
  account.apply([{ type: "credit", entryId: "crd_ends", amountNano: nanoUsd(50n), expiresAtMs: START_MS + HOUR_MS }]);
  const settled = account.open(40n);
  account.settle(settled, 30n);
  const swept = account.open(40n);
  account.checkpoint(swept, 20n);
  account.nowMs += DEADLINE_MS;
  account.sweep();
  account.settle(swept, 25n);
  account.nowMs = START_MS + HOUR_MS;
  account.sweep();
  return { account, settled, swept };
}

describe("the account's own books", () => {
  it("say what was credited, what was taken by what, and what of that waits", () => {
    const { account } = busyAccount();
    // 30 of receipts are taken of the credit that ends, with 20 swept and 5 corrected: nothing of it is left.
    const taken = { receiptsNano: 50n, correctionsNano: 5n, expiriesNano: 0n };
    expect(books(account, ["crd_ends", "crd_other"])).toMatchObject({
      balanceNano: 995n,
      entries: { count: 2, sumNano: 1_050n },
      appliedIds: ["crd_ends"],
      taken,
      waiting: taken,
      frozen: [],
    });
    account.apply([{ type: "credit", entryId: "crd_late", amountNano: nanoUsd(7n), expiresAtMs: START_MS }]);
    account.sweep();
    expect(books(account)).toMatchObject({ balanceNano: 995n, taken: { ...taken, expiriesNano: 7n } });
  });

  it("tell a flush under way with what it takes, until the ledger has acknowledged it", () => {
    const { account } = busyAccount();
    const flush = account.freeze();
    expect(books(account).frozen).toEqual([{ flushId: flush?.flushId, takenNano: 55n }]);
    account.settle(account.open(3n), 3n);
    expect(books(account)).toMatchObject({
      frozen: [{ takenNano: 55n }],
      waiting: { receiptsNano: 53n, correctionsNano: 5n },
    });
    account.finish(flush?.flushId ?? "", { ok: true });
    expect(books(account)).toMatchObject({
      frozen: [],
      waiting: { receiptsNano: 3n, correctionsNano: 0n },
      taken: { receiptsNano: 53n, correctionsNano: 5n },
    });
  });

  it("count rows that were set aside as waiting: the ledger does not have them", () => {
    const account = new TestAccount({ balanceNano: 100n, limits: { poisonTriesMax: 1 } });
    account.settle(account.open(9n), 9n);
    account.finish(account.freeze()?.flushId ?? "", { ok: false, reason: "poison", sqlstate: "23514" });
    expect(books(account)).toMatchObject({ setAside: 1, waiting: { receiptsNano: 9n }, settlementLagMs: 0 });
  });

  it("are the same after a restart; where nobody counted yet, receipts took what is missing", () => {
    const { account } = busyAccount();
    const before = books(account);
    account.restart();
    expect(books(account)).toEqual(before);
    const stored = account.rows.stored();
    const meta = stored.meta.map((row) => {
      if (row.name !== "wallet") return row;
      const { taken: _, ...rest } = row;
      return rest;
    });
    expect(restoreAccount({ ...stored, meta }).taken).toEqual({
      receiptsNano: 55n,
      correctionsNano: 0n,
      expiriesNano: 0n,
    });
  });

  it("adjustments add to the balance and to what was credited, once, either way", () => {
    const account = new TestAccount({ balanceNano: 100n });
    const adjust = (entryId: string, nano: bigint) =>
      account.apply([{ type: "adjustment", entryId, amountNano: nanoUsd(nano) }]);
    adjust("adj_1", -30n);
    adjust("adj_1", -30n);
    adjust("adj_2", 5n);
    expect(books(account)).toMatchObject({
      balanceNano: 75n,
      entries: { count: 3, sumNano: 75n },
      taken: { receiptsNano: 0n },
    });
    adjust("adj_3", -100n);
    expect(account.state.balanceNano).toBe(-25n);
    expect(restoreAccount(account.rows.stored())).toEqual(account.state);
  });
});

describe("what the account remembers of ended calls", () => {
  it("is what each receipt charged, and whether it waits still", () => {
    const { account, settled, swept } = busyAccount();
    const flush = account.freeze();
    account.finish(flush?.flushId ?? "", { ok: true });
    const last = account.open(3n);
    account.settle(last, 2n);
    expect(everything(account)).toEqual({
      calls: [
        { id: settled, costNano: 30n, isWaiting: false },
        // What the swept call was charged; the correction stands beside it.
        { id: swept, costNano: 20n, isWaiting: false },
        { id: last, costNano: 2n, isWaiting: true },
      ],
      next: null,
    });
    expect(endedCalls(account.rows, { ids: [swept, "gen_unknown"] }).calls).toEqual([
      { id: swept, costNano: 20n, isWaiting: false },
    ]);
  });

  it("comes in pages and for a range of time, without leases", () => {
    const account = new TestAccount({ balanceNano: 100n });
    const ids = [1, 2, 3, 4, 5].map(() => {
      const id = account.open(1n);
      account.nowMs += 1_000;
      account.settle(id, 1n);
      return id;
    });
    account.returnLease({ leaseId: "lse_1", calls: [] });
    const first = everything(account, 0, 2);
    expect(first.calls.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const second = everything(account, first.next ?? -1, 2);
    expect(second.calls.map(({ id }) => id)).toEqual(ids.slice(2, 4));
    expect(everything(account, second.next ?? -1, 10)).toMatchObject({ calls: [{ id: ids[4] }], next: null });
    const range = { fromMs: START_MS + 2_000, toMs: START_MS + 4_000, after: 0, limit: 10 };
    expect(endedCalls(account.rows, range).calls.map(({ id }) => id)).toEqual(ids.slice(1, 3));
  });
});

describe("credit that ends", () => {
  it("wakes the account at its end, and now and then while running calls hold what is past it", () => {
    const account = new TestAccount();
    expect(nextExpiryDueMs(account.state, START_MS)).toBeNull();
    account.apply([{ type: "credit", entryId: "crd_1", amountNano: nanoUsd(9n), expiresAtMs: START_MS + HOUR_MS }]);
    expect(nextExpiryDueMs(account.state, START_MS)).toBe(START_MS + HOUR_MS);
    expect(nextExpiryDueMs(account.state, START_MS + HOUR_MS)).toBe(START_MS + HOUR_MS + 60_000);
  });
});
