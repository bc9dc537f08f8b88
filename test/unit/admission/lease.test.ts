import { describe, expect, it } from "vitest";
import { ORGANIZATION_SCOPE, restoreAccount, type Lease, type LeasedCall, type LeaseWish } from "#admission";
import { nanoUsd, newId } from "#kernel";
import { constantCost, outcomeOf, START_MS, TestAccount } from "./account-fixture.ts";

const LIFE_MS = 5_000;

function wish(account: TestAccount, change: Partial<LeaseWish> = {}): LeaseWish {
  const id = newId("lease", { nowMs: () => account.nowMs }, account.random);
  return { id, calls: 5, callNano: nanoUsd(10n), callTokens: 10, ...change };
}

/** A lease that must be given. */
function given(account: TestAccount, change: Partial<LeaseWish> = {}): Lease {
  const lease = account.lease(wish(account, change));
  if (lease === null) throw new Error("no lease was given");
  return lease;
}

function callFrom(account: TestAccount, lease: Lease, heldNano = 10n): LeasedCall {
  const { draft, keyHash } = account.command(constantCost(heldNano));
  const held = { heldNano: nanoUsd(heldNano), tokens: 10, outputTokens: null };
  return { leaseId: lease.id, keyHash, draft, maxCostNano: null, ...held };
}

const isRestored = (account: TestAccount): void => {
  expect(restoreAccount(account.rows.stored())).toEqual(account.state);
};

describe("a lease that is given", () => {
  it("is taken from what everybody else can get, at once and durably", () => {
    const account = new TestAccount({ balanceNano: 1_000n, key: { requestsPerMinute: 100, concurrency: 60 } });
    const lease = given(account);
    expect(lease).toMatchObject({ nano: 50n, requests: 5, tokens: 50, slots: 5, lifeMs: LIFE_MS, roomNano: 950n });
    expect(account.availableNano).toBe(950n);
    isRestored(account);
    account.restart();
    expect(account.availableNano).toBe(950n);
    expect(outcomeOf(account.admit(account.command(constantCost(951n))))).toBe("credit_reserved");
    expect(outcomeOf(account.admit(account.command(constantCost(950n))))).toBe("admitted");
  });

  it("comes with the admission that asked for it, and again with its repeat", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const command = account.command(constantCost(10n), { lease: wish(account) });
    const first = account.admit(command);
    expect(first).toMatchObject({ ok: true, admission: { heldNano: 10n, lease: { nano: 50n, requests: 5 } } });
    expect(account.admit(command)).toMatchObject({ ok: true, admission: { lease: { nano: 50n } } });
    expect(account.state.leases.size).toBe(1);
  });

  it("is never more than a tenth of what is free, in every scope, all leases together", () => {
    const money = new TestAccount({ balanceNano: 1_000n });
    expect(given(money, { calls: 256 })).toMatchObject({ requests: 10, nano: 100n });
    expect(money.lease(wish(money))).toBeNull();
    const requests = new TestAccount({ balanceNano: 10_000n, key: { requestsPerMinute: 39 } });
    expect(given(requests, { calls: 256 })).toMatchObject({ requests: 3 });
    expect(requests.lease(wish(requests, { calls: 1 }))).toBeNull();
    const tokens = new TestAccount({ balanceNano: 10_000n, key: { tokensPerMinute: 399 } });
    expect(given(tokens, { calls: 256 })).toMatchObject({ requests: 3, tokens: 30 });
    const slots = new TestAccount({ balanceNano: 10_000n, key: { concurrency: 21 } });
    expect(given(slots, { calls: 256 })).toMatchObject({ slots: 2 });
    const budget = { limitNano: nanoUsd(300n), period: "day" } as const;
    const budgeted = new TestAccount({ balanceNano: 10_000n, key: { budget } });
    expect(given(budgeted, { calls: 256 })).toMatchObject({ nano: 30n });
    expect(budgeted.lease(wish(budgeted, { calls: 1 }))).toBeNull();
  });

  it("is none on a balance or quota that a tenth of does not hold one call", () => {
    const account = new TestAccount({ balanceNano: 99n });
    expect(account.lease(wish(account, { calls: 1 }))).toBeNull();
    isRestored(account);
  });

  it("is none while a call waits that only leases stand in the way of, so that busy tellers do not starve it", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    given(account);
    expect(outcomeOf(account.admit(account.command(constantCost(960n))))).toBe("credit_reserved");
    account.nowMs += LIFE_MS - 1;
    expect(account.lease(wish(account))).toBeNull();
    account.nowMs += 1;
    expect(account.lease(wish(account))).not.toBeNull();
  });

  it("is not kept from a teller by leases of others that are over and that nobody returned", () => {
    for (const setup of [{ balanceNano: 1_000n }, { balanceNano: 100_000n, key: { concurrency: 100 } }]) {
      const account = new TestAccount(setup);
      given(account, { calls: 256 });
      expect(account.lease(wish(account, { calls: 1 }))).toBeNull();
      account.nowMs += LIFE_MS;
      // A tenth of what is left beside them: what they hold stays held until the sweep.
      expect(account.lease(wish(account, { calls: 256 }))).toMatchObject({ requests: 9, nano: 90n });
      isRestored(account);
    }
  });

  it("is said to be in the way for as long as nobody returns it, where no other is", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    given(account);
    const [lease] = account.state.leases.values();
    const retryMs = (): number | null => {
      const result = account.admit(account.command(constantCost(960n)));
      return result.ok ? null : result.refusal.retryAfterMs;
    };
    account.nowMs += LIFE_MS;
    // Its return may be on its way.
    expect(retryMs()).toBe(250);
    account.nowMs += LIFE_MS;
    expect(retryMs()).toBe((lease?.deadlineMs ?? 0) - account.nowMs);
  });

  it("is none for a strict key, a strict organization, a key that may not be used, one that nobody knows", () => {
    const strict = new TestAccount({ balanceNano: 1_000n, key: { strict: true } });
    expect(strict.lease(wish(strict))).toBeNull();
    const { id } = { id: "org_01jd0000000000000000000000" };
    const account = new TestAccount({ balanceNano: 1_000n });
    account.apply([{ type: "organization", version: 2, organization: { id, status: "active", strict: true } }]);
    expect(account.lease(wish(account))).toBeNull();
    account.apply([{ type: "organization", version: 3, organization: { id, status: "suspended" } }]);
    expect(account.lease(wish(account))).toBeNull();
    account.apply([{ type: "organization", version: 4, organization: { id, status: "active" } }]);
    account.apply([{ type: "key", version: 2, key: { ...account.key, status: "revoked" } }]);
    expect(account.lease(wish(account))).toBeNull();
  });

  it("does not outlive the day, nor its key", () => {
    const account = new TestAccount({ balanceNano: 1_000n, key: { expiresAtMs: START_MS + 3_000 } });
    expect(given(account).lifeMs).toBe(3_000);
    const midnight = new TestAccount({ balanceNano: 1_000n });
    midnight.nowMs = Date.UTC(2026, 10, 22, 23, 59, 58);
    expect(given(midnight).lifeMs).toBe(2_000);
    midnight.nowMs += 1_500;
    expect(midnight.lease(wish(midnight))).toBeNull();
  });

  it("is the same when its wish arrives twice: either answer may be the one that is heard", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const wished = wish(account);
    const lease = account.lease(wished);
    expect(account.lease(wished)).toEqual(lease);
    expect(account.state.leasedNano).toBe(50n);
    account.returnLease({ leaseId: wished.id, calls: [] });
    expect(account.lease(wished)).toBeNull();
  });

  it("stands in the way of a minute no longer than it counts in it, though nobody returns it", () => {
    const key = { requestsPerMinute: 40, tokensPerMinute: 4_000 };
    const account = new TestAccount({ balanceNano: 10_000n, key });
    given(account, { calls: 4 });
    account.nowMs += 60_000 + LIFE_MS + 1_000;
    expect(given(account, { calls: 256 })).toMatchObject({ requests: 4 });
    for (let call = 0; call < 36; call += 1) account.open(1n);
    const refused = account.admit(account.command(constantCost(1n)));
    expect(refused).toMatchObject({
      refusal: { code: "rate_limit_requests", isParked: true, limits: { requests: { remaining: 4 } } },
    });
    account.nowMs += LIFE_MS;
    account.returnLease({ leaseId: [...account.state.leases.keys()][1] ?? "", calls: [] });
    for (let call = 0; call < 4; call += 1) account.open(1n);
    const full = account.admit(account.command(constantCost(1n)));
    expect(full).toMatchObject({ refusal: { code: "rate_limit_requests", limits: { requests: { remaining: 0 } } } });
    expect(full).not.toHaveProperty("refusal.isParked");
    isRestored(account);
  });

  it("counts in the last second in which it can be used, so that no minute holds more than the limit", () => {
    const account = new TestAccount({ balanceNano: 10_000n, key: { requestsPerMinute: 40 } });
    given(account, { calls: 4 });
    account.nowMs += 60_000 + LIFE_MS;
    for (let call = 0; call < 36; call += 1) account.open(1n);
    expect(outcomeOf(account.admit(account.command(constantCost(1n))))).toBe("rate_limit_requests");
    account.nowMs += 1_000;
    expect(outcomeOf(account.admit(account.command(constantCost(1n))))).toBe("admitted");
  });
});

describe("a call from a lease", () => {
  it("is settled once with its own account of itself, and what it did not cost is free again", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const lease = given(account);
    const call = callFrom(account, lease);
    expect(account.settleLeased(call, 4n)).toBe("settled");
    expect(account.state).toMatchObject({ balanceNano: 996n, heldNano: 0n, leasedNano: 40n });
    expect(account.settleLeased(call, 4n)).toBe("repeated");
    expect(account.state.balanceNano).toBe(996n);
    expect(account.rows.outbox()).toMatchObject([
      { item: { receipt: { cost_nano: "4", held_nano: "10", flags: [] } } },
    ]);
    isRestored(account);
  });

  it("becomes a hold when a checkpoint or an extension tells of it, and grows like any other", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const call = callFrom(account, given(account));
    expect(account.extend({ id: call.draft.id, toNano: nanoUsd(500n), leased: call })).toEqual({
      heldNano: 500n,
      refusal: null,
    });
    expect(account.state).toMatchObject({ heldNano: 500n, leasedNano: 40n });
    isRestored(account);
    expect(account.settle(call.draft.id, 450n)).toBe("settled");
    expect(account.state).toMatchObject({ balanceNano: 550n, heldNano: 0n });
  });

  it("of a lease that is returned lives on as a hold, and is swept when nobody ends it", () => {
    const account = new TestAccount({ balanceNano: 1_000n, key: { concurrency: 50 } });
    const lease = given(account);
    const call = callFrom(account, lease);
    account.returnLease({ leaseId: lease.id, calls: [call] });
    account.returnLease({ leaseId: lease.id, calls: [call] });
    expect(account.state).toMatchObject({ heldNano: 10n, leasedNano: 0n, leasedSlots: 0 });
    expect(account.state.leases.size).toBe(0);
    isRestored(account);
    account.nowMs += 31 * 60_000 + LIFE_MS;
    expect(account.sweep()).toBe(1);
    expect(account.rows.outbox()).toMatchObject([{ item: { receipt: { kind: "unobserved", id: call.draft.id } } }]);
    expect(account.settleLeased(call, 3n)).toBe("corrected");
  });

  it("that was settled before its lease came back is not opened again by the return", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const lease = given(account);
    const call = callFrom(account, lease);
    account.settleLeased(call, 4n);
    account.returnLease({ leaseId: lease.id, calls: [call] });
    expect(account.state).toMatchObject({ balanceNano: 996n, heldNano: 0n, leasedNano: 0n });
  });

  it("of a lease that is closed or unknown is owed and flagged, while it is surely not an old one", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const lease = given(account);
    account.returnLease({ leaseId: lease.id, calls: [] });
    const late = callFrom(account, lease);
    const unknown = { ...callFrom(account, lease), leaseId: "lse_01jd0000000000000000000000" };
    expect(account.settleLeased(late, 4n)).toBe("settled");
    expect(account.settleLeased(unknown, 5n)).toBe("settled");
    expect(account.state.balanceNano).toBe(991n);
    expect(account.rows.outbox()).toMatchObject([
      { item: { receipt: { cost_nano: "4", held_nano: "0", flags: ["late"] } } },
      { item: { receipt: { cost_nano: "5", flags: ["late"] } } },
    ]);
    const old = callFrom(account, lease);
    account.nowMs += 24 * 3_600_000;
    expect(account.settleLeased(old, 4n)).toBe("unknown");
    const foreign = { ...callFrom(account, lease), keyHash: "bb".repeat(32) };
    expect(account.settleLeased(foreign, 4n)).toBe("unknown");
    isRestored(account);
  });
});

describe("a lease that ends", () => {
  it("gives back what is left of it, in every scope", () => {
    const budget = { limitNano: nanoUsd(1_000n), period: "day" } as const;
    const limits = { requestsPerMinute: 50, tokensPerMinute: 5_000, concurrency: 50, budget };
    const account = new TestAccount({ balanceNano: 1_000n, key: limits });
    const lease = given(account);
    account.returnLease({ leaseId: lease.id, calls: [] });
    expect(account.availableNano).toBe(1_000n);
    for (let call = 0; call < 50; call += 1) account.open(20n);
    expect(outcomeOf(account.admit(account.command(constantCost(0n))))).toBe("rate_limit_requests");
    isRestored(account);
  });

  it("that is returned before it is given is not given any more", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const asked = wish(account);
    account.returnLease({ leaseId: asked.id, calls: [] });
    expect(account.lease(asked)).toBeNull();
    expect(account.availableNano).toBe(1_000n);
  });

  it("that nobody returned is swept when no call of it can run any more, and counted", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    given(account);
    account.nowMs += LIFE_MS + 31 * 60_000 - 1;
    expect(account.sweep()).toBe(0);
    account.nowMs += 1;
    expect(account.sweep()).toBe(1);
    expect(account.availableNano).toBe(1_000n);
    expect(account.state.counters.leasesLost).toBe(1);
    expect(account.rows.outbox()).toEqual([]);
    isRestored(account);
  });
});

describe("a refusal that only leases cause", () => {
  it("is told to come back within the lease's life, and is not a 402", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    given(account);
    account.nowMs += 2_000;
    const result = account.admit(account.command(constantCost(960n)));
    expect(result).toMatchObject({
      ok: false,
      refusal: { code: "credit_reserved", isParked: true, retryAfterMs: 3_000 },
    });
    expect(outcomeOf(account.admit(account.command(constantCost(1_001n))))).toBe("insufficient_credit");
  });

  it("of slots is told to come back as one of requests is", () => {
    const account = new TestAccount({ balanceNano: 100_000n, key: { concurrency: 10 } });
    given(account, { calls: 1 });
    for (let call = 0; call < 9; call += 1) account.open(1n);
    const result = account.admit(account.command(constantCost(1n)));
    expect(result).toMatchObject({ refusal: { code: "rate_limit_concurrency", isParked: true } });
  });

  it("of a budget that keys share counts what leases have of it", () => {
    const account = new TestAccount({ balanceNano: 100_000n });
    const limits = [{ period: "day", limitNano: nanoUsd(1_000n) }] as const;
    account.apply([{ type: "budget", version: 1, scope: ORGANIZATION_SCOPE, limits }]);
    given(account);
    expect(outcomeOf(account.admit(account.command(constantCost(951n))))).toBe("credit_reserved");
    expect(outcomeOf(account.admit(account.command(constantCost(950n))))).toBe("admitted");
  });

  it("of requests per minute waits for the lease, not for the minute", () => {
    const account = new TestAccount({ balanceNano: 100_000n, key: { requestsPerMinute: 10, concurrency: 100 } });
    given(account, { calls: 1 });
    for (let call = 0; call < 9; call += 1) account.open(1n);
    const result = account.admit(account.command(constantCost(1n)));
    expect(result).toMatchObject({ refusal: { code: "rate_limit_requests", isParked: true, retryAfterMs: 5_000 } });
  });
});

describe("holding more for a running call", () => {
  it("gives what the narrowest scope has left, and names it", () => {
    const account = new TestAccount({ balanceNano: 100n });
    const id = account.open(10n);
    expect(account.extend({ id, toNano: nanoUsd(60n) })).toEqual({ heldNano: 60n, refusal: null });
    expect(account.extend({ id, toNano: nanoUsd(60n) })).toEqual({ heldNano: 60n, refusal: null });
    expect(account.extend({ id, toNano: nanoUsd(160n) })).toMatchObject({
      heldNano: 100n,
      refusal: { code: "insufficient_credit" },
    });
    isRestored(account);
    expect(account.extend({ id: "gen_01jd0000000000000000000000", toNano: nanoUsd(1n) })).toMatchObject({
      heldNano: 0n,
      refusal: { code: "internal_error" },
    });
  });

  it("asks the budget of the period in which the call was admitted", () => {
    const budget = { limitNano: nanoUsd(100n), period: "day" } as const;
    const account = new TestAccount({ balanceNano: 10_000n, key: { budget } });
    account.nowMs = Date.UTC(2026, 10, 22, 23, 59, 50);
    account.settle(account.open(70n), 70n);
    const id = account.open(10n);
    account.nowMs += 60_000;
    account.settle(account.open(90n), 90n);
    expect(account.extend({ id, toNano: nanoUsd(50n) })).toMatchObject({
      heldNano: 30n,
      refusal: { code: "key_budget_exceeded" },
    });
    account.settle(id, 30n);
    isRestored(account);
  });

  it("costs no more than is held where the call was cut short", () => {
    const account = new TestAccount({ balanceNano: 100n });
    const id = account.open(10n);
    account.settle(id, 14n, { flags: [] }, 10n);
    expect(account.rows.outbox()).toMatchObject([{ item: { receipt: { cost_nano: "10", flags: ["capped"] } } }]);
  });

  it("and swept meanwhile costs no more than is held either, and its budgets count what it cost", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const limits = [{ period: "total", limitNano: nanoUsd(100n) }] as const;
    account.apply([{ type: "budget", version: 1, scope: ORGANIZATION_SCOPE, limits }]);
    const id = account.open(10n);
    account.nowMs += 31 * 60_000;
    account.sweep();
    expect(account.settle(id, 14n, {}, 10n)).toBe("corrected");
    expect(account.state.balanceNano).toBe(990n);
    expect(outcomeOf(account.admit(account.command(constantCost(91n))))).toBe("budget_exceeded");
    expect(outcomeOf(account.admit(account.command(constantCost(90n))))).toBe("admitted");
  });

  it("never exceeds what the caller allowed", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const command = account.command(constantCost(10n), { maxCostNano: nanoUsd(25n) });
    account.admit(command);
    expect(account.extend({ id: command.draft.id, toNano: nanoUsd(50n) })).toMatchObject({
      heldNano: 25n,
      refusal: { code: "max_cost_exceeded" },
    });
  });
});
