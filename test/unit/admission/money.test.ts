import { describe, expect, it } from "vitest";
import type { OutboxItem } from "#admission";
import { nanoUsd } from "#kernel";
import { constantCost, DEADLINE_MS, ended, outcomeOf, TestAccount, takenBy } from "./account-fixture.ts";

const DAY_MS = 86_400_000;

function receiptsOf(account: TestAccount) {
  return account.rows.outbox().flatMap(({ item }) => (item.type === "receipt" ? [item.receipt] : []));
}

/** What the outbox says the wallet was debited. */
function postedNano(items: readonly OutboxItem[]): bigint {
  return items.reduce((sum, item) => sum + BigInt(takenBy(item)), 0n);
}

describe("constant-cost calls on a balance for k", () => {
  it("G1: exactly k of N are admitted while none settles; drained, exactly k again", () => {
    const [holdNano, k, calls] = [70n, 7, 64];
    const account = new TestAccount({ balanceNano: 70n * 7n + 69n });
    const race = (): string[] => {
      const commands = Array.from({ length: calls }, () => account.command(constantCost(holdNano)));
      return commands.filter((command) => account.admit(command).ok).map((command) => command.draft.id);
    };
    const admitted = race();
    expect(admitted).toHaveLength(k);
    for (const id of admitted) account.settle(id, 0n);
    expect(race()).toHaveLength(k);
  });

  it("G2: a rich account holds, counts and keeps every limit as a poor one does", () => {
    const rich = 9_000_000_000_000_000_000n;
    const account = new TestAccount({
      balanceNano: rich,
      key: { budget: { limitNano: nanoUsd(300n), period: "total" }, requestsPerMinute: 10 },
    });
    const commands = Array.from({ length: 5 }, () => account.command(constantCost(100n)));
    expect(commands.map((command) => outcomeOf(account.admit(command)))).toEqual([
      "admitted",
      "admitted",
      "admitted",
      "key_budget_exceeded",
      "key_budget_exceeded",
    ]);
    expect(account.availableNano).toBe(rich - 300n);
    expect(outcomeOf(new TestAccount({ balanceNano: rich }).admit(account.command(constantCost(rich + 1n))))).toBe(
      "insufficient_credit",
    );
  });
});

describe("settling", () => {
  it("writes the one receipt: the draft, the end, the organization, the key and the hold", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const command = account.command(constantCost(400n));
    account.admit(command);
    account.settle(command.draft.id, 150n);
    expect(receiptsOf(account)).toEqual([
      {
        ...command.draft,
        ...ended(150n),
        org_id: account.state.organization?.id,
        key_id: account.key.id,
        held_nano: "400",
      },
    ]);
  });

  it("G7: a settle that comes twice applies once, also within one batch and after a restart", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const id = account.open(400n);
    expect(account.settle(id, 150n)).toBe("settled");
    expect(account.settle(id, 150n)).toBe("repeated");
    account.restart();
    expect(account.settle(id, 999n)).toBe("repeated");
    expect(account.state.balanceNano).toBe(850n);
    expect(account.rows.outbox()).toHaveLength(1);
  });

  it("G7: a batch with a malformed amount applies nothing of it", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const [first, second] = [account.open(400n), account.open(400n)];
    expect(() => account.settle(second, -5n)).toThrow();
    expect(() => account.settle(second, 1n, { upstream_cost_nano: "1.5" })).toThrow();
    expect(account.state.holds.size).toBe(2);
    expect(account.settle(first, 1n)).toBe("settled");
  });

  it("of an id that never was is unknown and changes nothing", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    expect(account.settle("gen_never", 5n)).toBe("unknown");
    expect(account.state.balanceNano).toBe(1_000n);
  });

  it("G8: more than was held is posted in full, flagged and counted, and the balance may go below zero", () => {
    const account = new TestAccount({ balanceNano: 100n });
    account.settle(account.open(100n), 250n);
    expect(account.state.balanceNano).toBe(-150n);
    expect(account.state.counters.overHold).toBe(1);
    expect(receiptsOf(account)[0]).toMatchObject({ cost_nano: "250", held_nano: "100", flags: ["over_hold"] });
    expect(outcomeOf(account.admit(account.command(constantCost(1n))))).toBe("insufficient_credit");
  });
});

describe("a call that costs nothing", () => {
  it("is admitted with an empty or overdrawn wallet, and one that costs anything is not", () => {
    const account = new TestAccount({ balanceNano: 10n });
    account.settle(account.open(10n), 30n);
    expect(account.state.balanceNano).toBe(-20n);
    const free = { price: { pico: 0n, per: 1n }, requested: null, maximum: 50, minimum: 4, choices: 1 };
    const result = account.admit(account.command({ baseNano: nanoUsd(0n), inputTokens: 1, output: free }));
    expect(result).toMatchObject({ ok: true, admission: { heldNano: 0n, outputTokens: 50 } });
    expect(outcomeOf(account.admit(account.command(constantCost(0n))))).toBe("admitted");
    expect(outcomeOf(account.admit(account.command(constantCost(1n))))).toBe("insufficient_credit");
    const priced = { ...free, price: { pico: 1_000n, per: 1n }, minimum: 0 };
    expect(account.admit(account.command({ baseNano: nanoUsd(0n), inputTokens: 1, output: priced }))).toMatchObject({
      ok: true,
      admission: { heldNano: 0n, outputTokens: 0 },
    });
  });
});

describe("the caller's maximum", () => {
  const openWithMaximum = (account: TestAccount): string => {
    const command = account.command(constantCost(100n), { maxCostNano: nanoUsd(120n) });
    expect(account.admit(command).ok).toBe(true);
    return command.draft.id;
  };

  it("is what a call costs at most, however much it used; what it cost us is recorded as it was", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const id = openWithMaximum(account);
    account.restart();
    account.settle(id, 250n);
    expect(account.state.balanceNano).toBe(880n);
    expect(receiptsOf(account)[0]).toMatchObject({
      cost_nano: "120",
      upstream_cost_nano: "125",
      flags: ["capped", "over_hold"],
    });
  });

  it("is no flag where the call stayed within it", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    account.settle(openWithMaximum(account), 120n);
    expect(receiptsOf(account)[0]).toMatchObject({ cost_nano: "120", flags: ["over_hold"] });
  });

  it("holds for a swept call and for the settle that comes after", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const [reported, silent] = [openWithMaximum(account), openWithMaximum(account)];
    account.checkpoint(reported, 500n);
    account.nowMs += DEADLINE_MS;
    account.sweep();
    expect(account.state.balanceNano).toBe(880n);
    account.restart();
    account.settle(reported, 600n);
    account.settle(silent, 600n);
    expect(account.state.balanceNano).toBe(760n);
    const deltas = account.rows
      .outbox()
      .flatMap(({ item }) => (item.type === "correction" ? [item.correction.cost_delta_nano] : []));
    expect(deltas).toEqual(["0", "120"]);
  });
});

describe("durations that no clock could have measured", () => {
  it.each([
    [-3, 0],
    [3.5, 4],
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, 2_147_483_647],
  ])("%s ms is recorded as %s ms, also by a correction, and never poisons a flush", (sentMs, storedMs) => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const [settled, late] = [account.open(1n), account.open(1n)];
    const change = { duration_ms: sentMs, first_byte_ms: sentMs };
    const stored = { duration_ms: storedMs, first_byte_ms: storedMs };
    account.settle(settled, 1n, change);
    account.nowMs += DEADLINE_MS;
    account.sweep();
    account.settle(late, 1n, change);
    expect(receiptsOf(account)[0]).toMatchObject(stored);
    expect(account.rows.outbox().at(-1)?.item).toMatchObject({ type: "correction", correction: { end: stored } });
  });
});

describe("the sweep", () => {
  it("G6: a hold that nobody ended is swept once, at its deadline and not before, and charges nothing", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    account.open(400n);
    account.restart();
    account.nowMs += DEADLINE_MS - 1;
    expect(account.sweep()).toBe(0);
    account.nowMs += 1;
    expect(account.sweep()).toBe(1);
    expect(account.sweep()).toBe(0);
    expect(account.state).toMatchObject({ balanceNano: 1_000n, heldNano: 0n, counters: { swept: 1 } });
    expect(receiptsOf(account)).toMatchObject([{ kind: "unobserved", outcome: "unobserved", cost_nano: "0" }]);
  });

  it("G6: charges what the last checkpoint reported, marked estimated", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const id = account.open(400n);
    account.checkpoint(id, 120n);
    account.checkpoint(id, 90n);
    account.restart();
    account.nowMs += DEADLINE_MS;
    account.sweep();
    expect(account.state.balanceNano).toBe(880n);
    expect(receiptsOf(account)).toMatchObject([{ kind: "estimated", outcome: "unobserved", cost_nano: "120" }]);
  });

  it("goes in bounded steps and misses nothing", () => {
    const account = new TestAccount({ balanceNano: 1_000n, limits: { sweepStepMax: 2 } });
    for (let call = 0; call < 5; call += 1) account.open(1n);
    account.nowMs += DEADLINE_MS;
    expect([account.sweep(), account.sweep(), account.sweep(), account.sweep()]).toEqual([2, 2, 1, 0]);
  });

  it("is corrected by a late settle, once, by the difference", () => {
    const account = new TestAccount({
      balanceNano: 1_000n,
      key: { budget: { limitNano: nanoUsd(1_000n), period: "total" } },
    });
    const id = account.open(400n);
    account.checkpoint(id, 100n);
    account.nowMs += DEADLINE_MS;
    account.sweep();
    account.restart();
    account.nowMs += DAY_MS;
    expect(account.settle(id, 250n)).toBe("corrected");
    expect(account.settle(id, 250n)).toBe("repeated");
    expect(account.state.balanceNano).toBe(750n);
    expect(account.state.keys.get(account.key.hash)?.spend.get("total")?.spentNano).toBe(250n);
    const [, second] = account.rows.outbox();
    expect(second?.item).toMatchObject({
      type: "correction",
      correction: { receipt_id: id, cost_delta_nano: "150", upstream_cost_delta_nano: "75", end: { flags: ["late"] } },
    });
    expect(postedNano(account.rows.outbox().map((row) => row.item))).toBe(250n);
  });

  it("can be corrected downwards", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const id = account.open(400n);
    account.checkpoint(id, 100n);
    account.nowMs += DEADLINE_MS;
    account.sweep();
    account.settle(id, 40n);
    expect(account.state.balanceNano).toBe(960n);
  });

  it("is final after 24 h, whether its record was pruned or not", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const id = account.open(400n);
    account.nowMs += DEADLINE_MS;
    account.sweep();
    account.nowMs += DAY_MS + 1;
    expect(account.settle(id, 250n)).toBe("unknown");
    account.prune();
    expect(account.rows.endedCount()).toBe(0);
    expect(account.settle(id, 250n)).toBe("unknown");
    expect(account.state.balanceNano).toBe(1_000n);
  });

  it("pruning keeps what is younger than 24 h, and goes in bounded steps", () => {
    const account = new TestAccount({ balanceNano: 1_000n, limits: { pruneStepMax: 2 } });
    for (let call = 0; call < 3; call += 1) account.settle(account.open(1n), 1n);
    account.nowMs += DAY_MS + 1;
    account.settle(account.open(1n), 1n);
    account.prune();
    expect(account.rows.endedCount()).toBe(2);
    account.prune();
    account.prune();
    expect(account.rows.endedCount()).toBe(1);
  });
});

describe("a key's budget", () => {
  const DAILY = { limitNano: nanoUsd(100n), period: "day" } as const;

  it("opens again with its next period", () => {
    const account = new TestAccount({ balanceNano: 1_000n, key: { budget: DAILY } });
    account.settle(account.open(100n), 100n);
    expect(outcomeOf(account.admit(account.command(constantCost(1n))))).toBe("key_budget_exceeded");
    account.nowMs = Date.UTC(2026, 10, 23);
    expect(outcomeOf(account.admit(account.command(constantCost(100n))))).toBe("admitted");
  });

  it("is charged in the period in which the call was admitted", () => {
    const account = new TestAccount({ balanceNano: 1_000n, key: { budget: DAILY } });
    account.nowMs = Date.UTC(2026, 10, 22, 23, 59, 59, 999);
    const id = account.open(100n);
    account.nowMs += 1;
    const next = account.open(60n);
    account.settle(id, 100n);
    account.settle(next, 60n);
    expect(outcomeOf(account.admit(account.command(constantCost(41n))))).toBe("key_budget_exceeded");
    expect(outcomeOf(account.admit(account.command(constantCost(40n))))).toBe("admitted");
  });

  it("that is lowered below what was spent refuses, and one set today counts the whole period", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    account.settle(account.open(80n), 80n);
    account.apply([
      { type: "key", version: 2, key: { ...account.key, budget: { ...DAILY, limitNano: nanoUsd(50n) } } },
    ]);
    expect(outcomeOf(account.admit(account.command(constantCost(0n))))).toBe("key_budget_exceeded");
    account.apply([{ type: "key", version: 3, key: { ...account.key, budget: DAILY } }]);
    expect(outcomeOf(account.admit(account.command(constantCost(21n))))).toBe("key_budget_exceeded");
    expect(outcomeOf(account.admit(account.command(constantCost(20n))))).toBe("admitted");
  });

  it("does not open again when the clock goes back over midnight", () => {
    const account = new TestAccount({ balanceNano: 1_000n, key: { budget: DAILY } });
    account.nowMs = Date.UTC(2026, 10, 23);
    account.settle(account.open(100n), 100n);
    account.nowMs -= 1;
    expect(outcomeOf(account.admit(account.command(constantCost(1n))))).toBe("key_budget_exceeded");
  });
});
