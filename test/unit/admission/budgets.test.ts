import { describe, expect, it } from "vitest";
import {
  memberScope,
  ORGANIZATION_SCOPE,
  restoreAccount,
  tagScope,
  type BudgetEvent,
  type BudgetLimit,
  type KeyRecord,
} from "#admission";
import { nanoUsd } from "#kernel";
import { constantCost, keyRecord, ORG_ID, outcomeOf, TestAccount } from "./account-fixture.ts";

const DAY_MS = 86_400_000;
const MEMBER = "mem_01jd0000000000000000000000";

const limit = (period: BudgetLimit["period"], nano: bigint): BudgetLimit => ({ period, limitNano: nanoUsd(nano) });
const budget = (scope: string, limits: readonly BudgetLimit[], version = 1): BudgetEvent => {
  return { type: "budget", version, scope, limits };
};

function accountWith(events: readonly BudgetEvent[], key: Partial<KeyRecord> = {}): TestAccount {
  const account = new TestAccount({ balanceNano: 100_000n, key });
  account.apply(events);
  return account;
}

const admit = (account: TestAccount, costNano: bigint, keyHash = account.key.hash): string =>
  outcomeOf(account.admit(account.command(constantCost(costNano), { keyHash })));

const alerts = (account: TestAccount) =>
  account.rows.outbox().flatMap(({ item }) => (item.type === "alert" ? [item.alert] : []));

describe("a budget that keys share", () => {
  it("of a member or tag counts the calls of all its keys, of no others, and names itself when it refuses", () => {
    const account = accountWith([budget(memberScope(MEMBER), [limit("day", 100n)])], { memberId: MEMBER });
    const second = keyRecord({ id: "key_01jd0000000000000000000002", hash: "bb".repeat(32), memberId: MEMBER });
    const other = keyRecord({ id: "key_01jd0000000000000000000003", hash: "cc".repeat(32), tags: ["ci"] });
    account.apply([
      { type: "key", version: 1, key: second },
      { type: "key", version: 1, key: other },
      budget(tagScope("ci"), [limit("total", 50n)]),
    ]);
    expect(admit(account, 60n)).toBe("admitted");
    expect(admit(account, 60n, second.hash)).toBe("budget_exceeded");
    expect(admit(account, 40n, second.hash)).toBe("admitted");
    expect(admit(account, 60n, other.hash)).toBe("budget_exceeded");
    expect(admit(account, 50n, other.hash)).toBe("admitted");
    const refused = account.admit(account.command(constantCost(1n)));
    expect(refused).toMatchObject({ refusal: { code: "budget_exceeded", params: { scope: "member", period: "day" } } });
    expect(restoreAccount(account.rows.stored())).toEqual(account.state);
  });

  it("of the organization holds for day, week and month at once", () => {
    const account = accountWith([
      budget(ORGANIZATION_SCOPE, [limit("day", 100n), limit("week", 150n), limit("month", 220n)]),
    ]);
    // A Saturday in November; the week ends with Sunday, the month a week later.
    account.nowMs = Date.UTC(2026, 10, 21, 12);
    account.settle(account.open(100n), 100n);
    expect(admit(account, 1n)).toBe("budget_exceeded");
    account.nowMs += DAY_MS;
    account.settle(account.open(50n), 50n);
    expect(admit(account, 1n)).toBe("budget_exceeded");
    account.nowMs += DAY_MS;
    account.settle(account.open(70n), 70n);
    expect(admit(account, 1n)).toBe("budget_exceeded");
    account.nowMs = Date.UTC(2026, 11, 1);
    expect(admit(account, 100n)).toBe("admitted");
    expect(admit(account, 1n)).toBe("budget_exceeded");
  });

  it("turns over at midnight of the organization's time zone", () => {
    const account = accountWith([budget(ORGANIZATION_SCOPE, [limit("day", 100n)])]);
    const organization = { id: ORG_ID, status: "active", timeZone: "America/New_York" } as const;
    account.apply([{ type: "organization", version: 2, organization }]);
    account.nowMs = Date.UTC(2026, 10, 22, 4, 59);
    account.settle(account.open(100n), 100n);
    expect(admit(account, 1n)).toBe("budget_exceeded");
    account.nowMs = Date.UTC(2026, 10, 22, 5, 0);
    expect(admit(account, 100n)).toBe("admitted");
  });

  it("set below what is spent refuses, and lifted it does not; an older version changes nothing", () => {
    const account = accountWith([]);
    account.settle(account.open(100n), 100n);
    account.apply([budget(ORGANIZATION_SCOPE, [limit("total", 40n)], 2)]);
    expect(admit(account, 0n)).toBe("budget_exceeded");
    account.apply([budget(ORGANIZATION_SCOPE, [], 1)]);
    expect(admit(account, 0n)).toBe("budget_exceeded");
    account.apply([budget(ORGANIZATION_SCOPE, [], 3)]);
    expect(admit(account, 1n)).toBe("admitted");
  });

  it("counts where its call was admitted, whatever becomes of the key meanwhile", () => {
    const account = accountWith([budget(memberScope(MEMBER), [limit("day", 100n)])], { memberId: MEMBER });
    const id = account.open(80n);
    account.apply([{ type: "key", version: 2, key: { ...account.key, memberId: null } }]);
    account.settle(id, 70n);
    account.apply([{ type: "key", version: 3, key: account.key }]);
    expect(admit(account, 31n)).toBe("budget_exceeded");
    expect(admit(account, 30n)).toBe("admitted");
  });
});

describe("a budget's alerts", () => {
  it("come at 50, 80 and 100 percent, once each in a period, whoever crosses the mark", () => {
    const account = accountWith([budget(ORGANIZATION_SCOPE, [limit("day", 100n)])]);
    for (const cost of [49n, 1n, 10n, 15n, 10n, 15n]) account.settle(account.open(cost), cost);
    expect(alerts(account).map(({ percent, spent_nano }) => [percent, spent_nano])).toEqual([
      [50, "50"],
      [80, "85"],
      [100, "100"],
    ]);
    expect(alerts(account)[0]).toMatchObject({ scope: "organization", period: "day", period_name: "2026-11-22" });
    account.nowMs += DAY_MS;
    account.settle(account.open(90n), 90n);
    expect(alerts(account).at(-1)).toMatchObject({ percent: 80, period_name: "2026-11-23" });
    expect(alerts(account)).toHaveLength(4);
    expect(restoreAccount(account.rows.stored())).toEqual(account.state);
  });

  it("the last comes with the first call that no longer fits what is spent, not with one that open calls crowd out", () => {
    const account = accountWith([], { budget: limit("month", 100n) });
    account.settle(account.open(40n), 40n);
    const open = account.open(50n);
    expect(admit(account, 20n)).toBe("key_budget_exceeded");
    expect(alerts(account)).toEqual([]);
    account.settle(open, 45n);
    expect(admit(account, 20n)).toBe("key_budget_exceeded");
    expect(admit(account, 20n)).toBe("key_budget_exceeded");
    expect(alerts(account).map(({ percent, scope }) => [percent, scope])).toEqual([
      [80, `key ${account.key.id}`],
      [100, `key ${account.key.id}`],
    ]);
  });

  it("are all still to come after a call that is too large for a fresh budget", () => {
    const account = accountWith([budget(ORGANIZATION_SCOPE, [limit("day", 100n)])]);
    expect(admit(account, 120n)).toBe("budget_exceeded");
    expect(alerts(account)).toEqual([]);
    for (const cost of [50n, 30n, 20n]) account.settle(account.open(cost), cost);
    expect(alerts(account).map(({ percent }) => percent)).toEqual([50, 80, 100]);
  });

  it("are given anew for a budget that was changed", () => {
    const account = accountWith([budget(ORGANIZATION_SCOPE, [limit("total", 100n)])]);
    account.settle(account.open(100n), 100n);
    account.apply([budget(ORGANIZATION_SCOPE, [limit("total", 300n)], 2)]);
    account.settle(account.open(50n), 50n);
    expect(alerts(account).map(({ percent, limit_nano }) => [percent, limit_nano])).toEqual([
      [100, "100"],
      [50, "300"],
    ]);
  });
});
