import { describe, expect, it } from "vitest";
import { accountStatus, nextDueMs, requeuePoison, takeEffects, type PostUsageResult } from "#admission";
import { DEADLINE_MS, TestAccount } from "./account-fixture.ts";

const UNAVAILABLE: PostUsageResult = { ok: false, reason: "unavailable" };
const POISON: PostUsageResult = { ok: false, reason: "poison", sqlstate: "22P02" };

function accountWithReceipts(count: number, setup: ConstructorParameters<typeof TestAccount>[0] = {}): TestAccount {
  const account = new TestAccount({ balanceNano: 1_000_000n, ...setup });
  for (let call = 0; call < count; call += 1) account.settle(account.open(1n), BigInt(call));
  return account;
}

const costsOf = (flush: ReturnType<TestAccount["freeze"]>): string[] =>
  (flush?.items ?? []).map((item) => (item.type === "receipt" ? item.receipt.cost_nano : "correction"));

describe("a flush", () => {
  it("takes the oldest rows, at most its bound, and removes them when acknowledged", () => {
    const account = accountWithReceipts(5, { limits: { flushRowsMax: 3 } });
    const first = account.freeze();
    expect(costsOf(first)).toEqual(["0", "1", "2"]);
    account.finish(first?.flushId ?? "", { ok: true });
    expect(account.rows.outbox().map((row) => row.seq)).toEqual([4, 5]);
    expect(costsOf(account.freeze())).toEqual(["3", "4"]);
  });

  it("is frozen before it is sent: after a restart and new receipts the very same is sent again", () => {
    const account = accountWithReceipts(2);
    const first = account.freeze();
    account.settle(account.open(1n), 9n);
    account.restart();
    expect(account.freeze()).toEqual(first);
  });

  it("ignores an answer to a flush that is not the current one", () => {
    const account = accountWithReceipts(2);
    const first = account.freeze();
    account.finish(first?.flushId ?? "", { ok: true });
    account.settle(account.open(1n), 9n);
    account.freeze();
    account.finish(first?.flushId ?? "", { ok: true });
    expect(account.rows.outbox()).toHaveLength(1);
  });

  it("waits no longer than its longest wait when the clock goes back, and keeps no other waiting", () => {
    const account = accountWithReceipts(1, { limits: { flushBackoffMs: 100, flushBackoffMaxMs: 1_000 } });
    const flush = account.freeze();
    account.finish(flush?.flushId ?? "", UNAVAILABLE);
    account.nowMs -= 600_000;
    expect(nextDueMs(account.state, account.nowMs, account.limits)).toBe(account.nowMs);
    expect(account.freeze()).toEqual(flush);
  });

  it("that the ledger does not answer waits longer each time, within the bound, and is never dropped", () => {
    const account = accountWithReceipts(1, { limits: { flushBackoffMs: 100, flushBackoffMaxMs: 1_000 } });
    const waits: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      const flush = account.freeze();
      account.finish(flush?.flushId ?? "", UNAVAILABLE);
      expect(account.freeze()).toBeNull();
      const dueMs = nextDueMs(account.state, account.nowMs, account.limits) ?? 0;
      waits.push(dueMs - account.nowMs);
      account.nowMs = dueMs;
    }
    for (const [index, waitMs] of waits.entries()) {
      const fullMs = Math.min(1_000, 100 * 2 ** index);
      expect(waitMs).toBeGreaterThanOrEqual(fullMs / 2);
      expect(waitMs).toBeLessThanOrEqual(fullMs);
    }
    account.finish(account.freeze()?.flushId ?? "", { ok: true });
    expect(account.rows.outbox()).toHaveLength(0);
  });
});

describe("a poison row", () => {
  const drain = (account: TestAccount, poison: string): { posted: string[]; sends: number } => {
    const posted: string[] = [];
    let sends = 0;
    for (let round = 0; round < 200; round += 1) {
      const flush = account.freeze();
      if (flush === null) {
        const dueMs = nextDueMs(account.state, account.nowMs, account.limits);
        if (dueMs === null) return { posted, sends };
        account.nowMs = dueMs;
        continue;
      }
      sends += 1;
      const costs = costsOf(flush);
      const isPoison = costs.includes(poison);
      if (!isPoison) posted.push(...costs);
      account.finish(flush.flushId, isPoison ? POISON : { ok: true });
    }
    throw new Error("the flush does not end");
  };

  it("G18: is found, set aside after bounded tries, and everything else is posted without a wait", () => {
    const account = accountWithReceipts(100);
    const startMs = account.nowMs;
    const { posted, sends } = drain(account, "61");
    expect(account.nowMs - startMs).toBeLessThanOrEqual(account.limits.flushBackoffMs * 3);
    expect(posted).toHaveLength(99);
    expect(posted).not.toContain("61");
    // Halving a hundred rows, then three tries alone.
    expect(sends).toBeLessThanOrEqual(20);
    expect(account.rows.outbox()).toMatchObject([{ set_aside: "22P02", item: { receipt: { cost_nano: "61" } } }]);
    expect(accountStatus(account.state, account.context)).toMatchObject({ outboxLength: 0, poisonRows: 1 });
  });

  it("G18: does not hold up later receipts, survives a restart, and can be sent again", () => {
    const account = accountWithReceipts(4);
    drain(account, "2");
    account.restart();
    account.settle(account.open(1n), 50n);
    expect(drain(account, "2").posted).toEqual(["50"]);
    expect(account.requeuePoison()).toBe(1);
    expect(drain(account, "none").posted).toEqual(["2"]);
    expect(account.rows.outbox()).toHaveLength(0);
  });
});

describe("a row that is refused alone", () => {
  const refuse = (account: TestAccount, sqlstate = "22P02"): string => {
    const flushId = account.freeze()?.flushId ?? "";
    account.finish(flushId, { ok: false, reason: "poison", sqlstate });
    return flushId;
  };

  it("waits before each further try, and what comes meanwhile goes ahead of it", () => {
    const account = accountWithReceipts(1, { limits: { flushBackoffMs: 100 } });
    refuse(account);
    expect(account.freeze()).toBeNull();
    const dueMs = nextDueMs(account.state, account.nowMs, account.limits) ?? 0;
    expect(dueMs - account.nowMs).toBeGreaterThanOrEqual(50);
    expect(dueMs - account.nowMs).toBeLessThanOrEqual(100);

    account.settle(account.open(1n), 7n);
    account.restart();
    const other = account.freeze();
    expect(costsOf(other)).toEqual(["7"]);
    account.finish(other?.flushId ?? "", { ok: true });
    account.nowMs = dueMs;
    expect(costsOf(account.freeze())).toEqual(["0"]);
  });

  it("a ledger that is away holds up all of them: nothing else is sent until its next try", () => {
    const account = accountWithReceipts(1, { limits: { flushBackoffMs: 100 } });
    refuse(account);
    account.settle(account.open(1n), 7n);
    account.finish(account.freeze()?.flushId ?? "", UNAVAILABLE);
    account.settle(account.open(1n), 8n);
    expect(account.freeze()).toBeNull();
    expect(nextDueMs(account.state, account.nowMs, account.limits)).toBeGreaterThan(account.nowMs);
  });

  it("at most one flush's worth of them waits at a time", () => {
    const account = accountWithReceipts(4, { limits: { flushRowsMax: 2, flushBackoffMs: 100 } });
    for (let sends = 0; sends < 3; sends += 1) refuse(account);
    expect(account.state.flushes).toHaveLength(2);
    expect(account.freeze()).toBeNull();
  });

  it("for its flush id is sent again under another one, and everything else under the same", () => {
    const account = accountWithReceipts(1, { limits: { flushBackoffMs: 1 } });
    const first = refuse(account, "PR001");
    account.nowMs += 1;
    const second = refuse(account, "23514");
    account.nowMs += 2;
    expect(second).not.toBe(first);
    expect(account.freeze()?.flushId).toBe(second);
    expect(account.freeze()?.items).toHaveLength(1);
  });

  it("is put back in line once, however often that is asked in one turn", () => {
    const account = accountWithReceipts(1, { limits: { poisonTriesMax: 1 } });
    refuse(account);
    expect([requeuePoison(account.state, account.context), requeuePoison(account.state, account.context)]).toEqual([
      1, 0,
    ]);
    account.rows.apply(takeEffects(account.state));
    account.finish(account.freeze()?.flushId ?? "", { ok: true });
    expect(accountStatus(account.state, account.context)).toMatchObject({ outboxLength: 0, poisonRows: 0 });
    expect(nextDueMs(account.state, account.nowMs, account.limits)).toBeNull();
  });
});

describe("what is due next", () => {
  it("is nothing, the flush, or the earliest deadline", () => {
    const account = new TestAccount({ balanceNano: 100n });
    const due = () => nextDueMs(account.state, account.nowMs, account.limits);
    expect(due()).toBeNull();
    const first = account.open(1n);
    const deadlineMs = account.nowMs + DEADLINE_MS;
    account.nowMs += 5_000;
    account.open(1n);
    expect(due()).toBe(deadlineMs);
    account.settle(first, 1n);
    expect(due()).toBe(account.nowMs + account.limits.flushIntervalMs);
  });

  it("the status shows the age of the oldest receipt that waits", () => {
    const account = accountWithReceipts(1);
    account.nowMs += 4_000;
    account.settle(account.open(1n), 1n);
    expect(accountStatus(account.state, account.context)).toMatchObject({ outboxLength: 2, settlementLagMs: 4_000 });
  });
});
