import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RoutingPolicy } from "#kernel";
import { ANY_ROUTE, constantCost, ORG_ID, TestAccount } from "./account-fixture.ts";

const names = fc.subarray(["a", "b", "c"]);
const orNull = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: null });
const policies: fc.Arbitrary<RoutingPolicy> = fc.record({
  dataCollection: fc.constantFrom("deny", null),
  zdr: fc.boolean(),
  regions: orNull(names),
  providersOnly: orNull(names),
  providersIgnore: orNull(names),
});

interface Route {
  readonly provider: string;
  readonly region: string;
  readonly collects: boolean;
  readonly retains: boolean;
}

const routes: readonly Route[] = ["a", "b", "c"].flatMap((provider) =>
  ["a", "b", "c"].flatMap((region) =>
    [true, false].flatMap((collects) => [true, false].map((retains) => ({ provider, region, collects, retains }))),
  ),
);

function allows(policy: RoutingPolicy | null, route: Route): boolean {
  if (policy === null) return true;
  if (policy.dataCollection === "deny" && route.collects) return false;
  if (policy.zdr && route.retains) return false;
  if (policy.regions !== null && !policy.regions.includes(route.region)) return false;
  if (policy.providersOnly !== null && !policy.providersOnly.includes(route.provider)) return false;
  return !policy.providersIgnore?.includes(route.provider);
}

function admittedPolicy(ofKey: RoutingPolicy | null, ofOrganization: RoutingPolicy | null): RoutingPolicy {
  const account = new TestAccount({ balanceNano: 10n, key: { policy: ofKey } });
  const organization = { id: ORG_ID, status: "active", policy: ofOrganization } as const;
  account.apply([{ type: "organization", version: 2, organization }]);
  account.restart();
  const result = account.admit(account.command(constantCost(1n)));
  if (!result.ok) throw new Error(result.refusal.code);
  return result.admission.policy;
}

describe("the policy that comes back with an admission", () => {
  it("allows exactly what the key's and the organization's both allow: neither loosens the other", () => {
    fc.assert(
      fc.property(orNull(policies), orNull(policies), (ofKey, ofOrganization) => {
        const merged = admittedPolicy(ofKey, ofOrganization);
        for (const route of routes) {
          expect(allows(merged, route)).toBe(allows(ofKey, route) && allows(ofOrganization, route));
        }
      }),
    );
  });

  it("has no rule where neither has one, and keeps an empty list as nothing allowed", () => {
    expect(admittedPolicy(null, null)).toEqual(ANY_ROUTE);
    const one = { ...ANY_ROUTE, providersOnly: ["a"] };
    expect(admittedPolicy(one, { ...ANY_ROUTE, providersOnly: ["b"] }).providersOnly).toEqual([]);
  });
});

describe("guardrails", () => {
  it("come back with the admission as the key has them, also after a restart", () => {
    const guardrails = { secrets: "block", cards: "off" } as const;
    const account = new TestAccount({ balanceNano: 10n, key: { guardrails } });
    account.restart();
    expect(account.admit(account.command(constantCost(1n)))).toMatchObject({ admission: { guardrails } });
  });

  it("leave counts of matches in the receipt, never a match", () => {
    const account = new TestAccount({ balanceNano: 10n });
    account.settle(account.open(5n), 3n, { guardrails: { card: 2 } });
    expect(account.rows.outbox()).toMatchObject([{ item: { receipt: { guardrails: { card: 2 } } } }]);
  });
});
