import { describe, expect, it } from "vitest";
import { createTeller, type AccountPort, type AdmitResult, type Settlement, type SettleResult } from "#admission";
import { constantCost, countingRandom, ended, TestAccount } from "./account-fixture.ts";
import { ManualTimers } from "./manual-timers.ts";

const never = new Promise<never>(() => {});

function tellerOver(port: Partial<AccountPort>, bounds = {}) {
  const timers = new ManualTimers();
  const account: AccountPort = {
    admit: () => never,
    lease: () => never,
    returnLease: async () => {},
    extend: async () => [],
    checkpoint: async () => {},
    settle: async (commands) => commands.map(() => "settled"),
    ...port,
  };
  const teller = createTeller({
    account,
    schedule: timers.schedule,
    clock: { nowMs: () => timers.nowMs },
    random: countingRandom(),
    bounds,
  });
  return { teller, timers };
}

const someCommand = () => new TestAccount({ balanceNano: 10n }).command(constantCost(1n));
const dropped = () => undefined;
const settleOf = (id: string) => ({ id, end: ended(1n) });

describe("admitting", () => {
  it("is one call, and leaves no timer behind", async () => {
    const account = new TestAccount({ balanceNano: 10n });
    let calls = 0;
    const { teller, timers } = tellerOver({
      admit: async (command) => {
        calls += 1;
        return account.admit(command);
      },
    });
    expect(await teller.admit(account.command(constantCost(1n)), dropped)).toMatchObject({ ok: true });
    expect([calls, timers.pending]).toEqual([1, 0]);
  });

  it("G5: an account that does not answer refuses the call, within the bound", async () => {
    const { teller, timers } = tellerOver({}, { admitTimeoutMs: 1_000 });
    const result = teller.admit(someCommand(), dropped);
    await timers.advance(1_000);
    expect(await result).toMatchObject({ ok: false, refusal: { code: "account_unavailable" } });
  });

  it("G5: an account that fails refuses the call at once", async () => {
    const { teller } = tellerOver({ admit: () => Promise.reject(new Error("gone")) });
    expect(await teller.admit(someCommand(), dropped)).toMatchObject({
      ok: false,
      refusal: { code: "account_unavailable" },
    });
  });

  it("G5: an admission that comes after its refusal is released at no cost", async () => {
    const account = new TestAccount({ balanceNano: 10n });
    const late = Promise.withResolvers<AdmitResult>();
    const { teller, timers } = tellerOver({
      admit: () => late.promise,
      settle: async ([command]) => [
        command === undefined
          ? "unknown"
          : (account.settle(command.id, BigInt(command.end.cost_nano), command.end) ?? "unknown"),
      ],
    });
    const command = account.command(constantCost(7n));
    const kept: Promise<void>[] = [];
    const result = teller.admit(command, (work) => kept.push(work));
    await timers.advance(5_000);
    expect(await result).toMatchObject({ ok: false });
    late.resolve(account.admit(command));
    expect(account.availableNano).toBe(3n);
    // The request has been refused by then: only what it asked the platform to keep goes on.
    expect(kept).toHaveLength(1);
    await timers.advance(20);
    await kept[0];
    expect(account.availableNano).toBe(10n);
    expect(account.rows.outbox()).toMatchObject([{ item: { receipt: { outcome: "failed", cost_nano: "0" } } }]);
  });
});

it("G5: an admission whose answer was lost is released too: it may have been made all the same", async () => {
  const account = new TestAccount({ balanceNano: 10n });
  const { teller, timers } = tellerOver({
    admit: (command) => {
      account.admit(command);
      return Promise.reject(new Error("the answer was lost"));
    },
    settle: async (commands) =>
      commands.map(({ id, end }) => account.settle(id, BigInt(end.cost_nano), end) ?? "unknown"),
  });
  const kept: Promise<void>[] = [];
  expect(await teller.admit(account.command(constantCost(7n)), (work) => kept.push(work))).toMatchObject({ ok: false });
  expect(account.availableNano).toBe(3n);
  await timers.advance(20);
  await kept[0];
  expect(account.availableNano).toBe(10n);
});

it("a refusal opened no hold, and nothing is released", async () => {
  const account = new TestAccount({ balanceNano: 1n });
  let settles = 0;
  const { teller, timers } = tellerOver({
    admit: async (command) => account.admit(command),
    settle: async (commands) => {
      settles += 1;
      return commands.map(() => "unknown");
    },
  });
  expect(await teller.admit(account.command(constantCost(7n)), dropped)).toMatchObject({ ok: false });
  await timers.advance(60_000);
  expect(settles).toBe(0);
});

it("G5: the wait for a late admission is bounded", async () => {
  const { teller, timers } = tellerOver({}, { admitTimeoutMs: 1_000, settleWaitMaxMs: 25_000 });
  const kept: Promise<void>[] = [];
  const result = teller.admit(someCommand(), (work) => kept.push(work));
  await timers.advance(1_000);
  expect(await result).toMatchObject({ ok: false });
  await timers.advance(25_000 + 20);
  await kept[0];
  expect(timers.pending).toBe(0);
});

describe("settling", () => {
  it("gathers settles into one call within the window, and each caller gets its own result", async () => {
    const batches: string[][] = [];
    const results: Record<string, SettleResult> = { a: "settled", b: "repeated", c: "corrected" };
    const { teller, timers } = tellerOver({
      settle: async (commands) => {
        batches.push(commands.map(({ id }) => id));
        return commands.map(({ id }) => results[id] ?? "unknown");
      },
    });
    const all = Promise.all(["a", "b", "c"].map((id) => teller.settle(settleOf(id))));
    await timers.advance(20);
    expect(await all).toEqual(["settled", "repeated", "corrected"]);
    expect(batches).toEqual([["a", "b", "c"]]);
    expect(timers.pending).toBe(0);
  });

  it("sends a full batch without waiting, and never more than the bound in one call", async () => {
    const sizes: number[] = [];
    const { teller, timers } = tellerOver({
      settle: async (commands) => {
        sizes.push(commands.length);
        return commands.map(() => "settled");
      },
    });
    const all = Promise.all(Array.from({ length: 130 }, (_, index) => teller.settle(settleOf(String(index)))));
    await timers.advance(0);
    expect(sizes).toEqual([64, 64]);
    await timers.advance(20);
    expect(sizes).toEqual([64, 64, 2]);
    expect(new Set(await all)).toEqual(new Set(["settled"]));
  });

  it("is sent by a caller that waits for it: another request's timer may fire when that request is as good as over", async () => {
    const batches: string[][] = [];
    const { teller, timers } = tellerOver(
      {
        settle: async (commands) => {
          batches.push(commands.map(({ id }) => id));
          return await never;
        },
      },
      { batchMax: 2, coalesceMs: 5, idleCoalesceMs: 5, settleTimeoutMs: 1_000 },
    );
    const waits = ["a", "b"].map((id) => teller.settle(settleOf(id)));
    await timers.advance(3);
    waits.push(teller.settle(settleOf("c")));
    await timers.advance(2);
    expect(batches).toEqual([["a", "b"]]);
    await timers.advance(3);
    expect(batches).toEqual([["a", "b"], ["c"]]);
    await timers.advance(60_000);
    expect(await Promise.all(waits)).toEqual(["unacknowledged", "unacknowledged", "unacknowledged"]);
  });

  it("is sent again by each caller for itself when whoever sent the batch is gone with its answer", async () => {
    const batches: string[][] = [];
    const { teller, timers } = tellerOver({
      settle: async (commands) => {
        batches.push(commands.map(({ id }) => id));
        return batches.length === 1 ? await never : commands.map(() => "repeated");
      },
    });
    const all = Promise.all(["a", "b"].map((id) => teller.settle(settleOf(id))));
    await timers.advance(10_000);
    expect(await all).toEqual(["repeated", "repeated"]);
    expect(batches.flat().toSorted()).toEqual(["a", "a", "b", "b"]);
  });

  it("tries again when the account fails or does not answer, with growing waits, and reports the answer", async () => {
    const sentAtMs: number[] = [];
    const { teller, timers } = tellerOver({
      settle: async (commands) => {
        sentAtMs.push(timers.nowMs);
        if (sentAtMs.length === 1) throw new Error("gone");
        if (sentAtMs.length === 2) return await never;
        return commands.map(() => "settled");
      },
    });
    const result = teller.settle(settleOf("a"));
    await timers.advance(10_000);
    expect(await result).toBe("settled");
    const [first = 0, second = 0, third = 0] = sentAtMs;
    expect(second - first).toBeGreaterThanOrEqual(50);
    expect(second - first).toBeLessThanOrEqual(100);
    expect(third - second).toBeGreaterThanOrEqual(5_000 + 100);
  });

  it("gives up after its tries: the durable hold is the record", async () => {
    let calls = 0;
    const { teller, timers } = tellerOver({
      settle: () => {
        calls += 1;
        return Promise.reject(new Error("gone"));
      },
    });
    const result = teller.settle(settleOf("a"));
    await timers.advance(60_000);
    expect(await result).toBe("unacknowledged");
    expect(calls).toBe(4);
    expect(timers.pending).toBe(0);
  });

  it("no caller waits longer than the bound, and no more than the bound are under way", async () => {
    const { teller, timers } = tellerOver({ settle: () => never }, { settleWaitMaxMs: 3_000, pendingMax: 1 });
    const first = teller.settle(settleOf("a"));
    expect(await teller.settle(settleOf("b"))).toBe("unacknowledged" satisfies Settlement);
    await timers.advance(3_000);
    expect(await first).toBe("unacknowledged");
  });
});

describe("work that the platform dropped with its request", () => {
  /** Once dropped, timers neither fire nor answer: what the platform does with the timers of a request that ended. */
  function droppingTeller(bounds: object) {
    const state = { nowMs: 0, isDropping: true };
    const account: AccountPort = {
      admit: () => never,
      lease: () => never,
      returnLease: () => never,
      extend: () => never,
      checkpoint: () => never,
      settle: async (commands) => (state.isDropping ? await never : commands.map(() => "settled")),
    };
    const teller = createTeller({
      account,
      schedule: (callback) => {
        if (!state.isDropping) setImmediate(callback);
        return () => undefined;
      },
      clock: { nowMs: () => state.nowMs },
      random: countingRandom(),
      bounds,
    });
    return { teller, state };
  }
  const { provider, endpoint, kind, units, cost_nano, upstream_cost_nano, attempts } = ended(1n);
  const measure = { provider, endpoint, kind, units, cost_nano, upstream_cost_nano, attempts };

  it("G6: takes no room for longer than it could have lasted", async () => {
    const { teller, state } = droppingTeller({
      pendingMax: 2,
      settleWaitMaxMs: 3_000,
      coalesceMs: 0,
      idleCoalesceMs: 0,
      batchMax: 1,
    });
    for (const id of ["a", "b"]) void teller.settle(settleOf(id));
    expect(await teller.settle(settleOf("c"))).toBe("unacknowledged");
    state.nowMs = 3_001;
    state.isDropping = false;
    expect(await teller.settle(settleOf("d"))).toBe("settled");
  });

  it("checkpoints have a room of their own: however many are dropped, a settle is sent", async () => {
    const { teller, state } = droppingTeller({
      pendingMax: 1,
      checkpointsMax: 2,
      coalesceMs: 0,
      idleCoalesceMs: 0,
      batchMax: 1,
    });
    for (const id of ["a", "b", "c"]) void teller.checkpoint({ id, measure });
    state.isDropping = false;
    expect(await teller.settle(settleOf("d"))).toBe("settled");
  });
});

describe("checkpoints", () => {
  it("travel together and never fail their stream", async () => {
    const batches: number[] = [];
    const { teller, timers } = tellerOver({
      checkpoint: async (commands) => {
        batches.push(commands.length);
        throw new Error("gone");
      },
    });
    const { provider, endpoint, kind, units, cost_nano, upstream_cost_nano, attempts } = ended(1n);
    const measure = { provider, endpoint, kind, units, cost_nano, upstream_cost_nano, attempts };
    const all = Promise.all(["a", "b"].map((id) => teller.checkpoint({ id, measure })));
    await timers.advance(60_000);
    await all;
    expect(batches).toEqual([2, 2, 2, 2]);
  });
});
