import { describe, expect, it } from "vitest";
import type { RoutingPolicy } from "#kernel";
import { applyPolicy, recordHealth, routeRefusal, UNKNOWN_HEALTH } from "#routing";
import { endpointOf, modelOf, NOW_MS, planOf, providersOf } from "./fixture.ts";

const POLICY: RoutingPolicy = {
  dataCollection: null,
  zdr: false,
  regions: null,
  providersOnly: null,
  providersIgnore: null,
};
const kind = { retention: "none", training: "never", regions: ["eu"] } as const;
const weeks = { retention: "temporary", training: "never", regions: ["us"] } as const;
const limitedFor = (retryAfterMs: number) => recordHealth(UNKNOWN_HEALTH, { type: "fault", retryAfterMs }, NOW_MS);

describe("the endpoints of a request", () => {
  const all = [endpointOf("unknown"), endpointOf("weeks", { policy: weeks }), endpointOf("kind", { policy: kind })];

  it.each([
    [{ data_collection: "deny" }, ["weeks", "kind"], "data_collection"],
    [{ zdr: true }, ["kind"], "zdr"],
    [{ region: "us" }, ["weeks"], "region"],
    [{ region: [] }, [], "region"],
    [{ ignore: ["weeks"] }, ["unknown", "kind"], "ignored"],
    [{ only: ["kind/m"] }, ["kind"], "not_in_only"],
    [{ order: ["kind"], allow_fallbacks: false }, ["kind"], "not_in_order"],
  ])("G24: %j leaves %j and says why the others are out", (provider, left, reason) => {
    const plan = planOf(all, { provider });
    expect(new Set(providersOf(plan))).toEqual(new Set(left));
    expect(plan.excluded).toHaveLength(all.length - left.length);
    for (const { reason: named } of plan.excluded) expect(named).toBe(reason);
  });

  it("an endpoint that may process in two regions is in neither alone", () => {
    const both = endpointOf("both", { policy: { regions: ["eu", "us"] } });
    expect(providersOf(planOf([both], { provider: { region: "eu" } }))).toEqual([]);
    expect(providersOf(planOf([both], { provider: { region: ["us", "eu", "ca"] } }))).toEqual(["both"]);
  });

  it("max_price is exact to the pico-USD, at either side of it", () => {
    const all3 = [endpointOf("a")];
    const max = (prompt: unknown) => planOf(all3, { provider: { max_price: { prompt } }, prices: { a: 0.3 } });
    expect(providersOf(max("0.3"))).toEqual(["a"]);
    expect(providersOf(max(0.3))).toEqual(["a"]);
    expect(max("0.299999999999").excluded).toEqual([{ endpoint: "a/m", reason: "max_price" }]);
  });

  it("G24: max_price is held against the dearest price that the call can meet, not the base one", () => {
    const max = (prompt: number) =>
      providersOf(
        planOf([endpointOf("a")], { provider: { max_price: { prompt } }, prices: { a: 2 }, dearest: { a: 4 } }),
      );
    expect(max(3.999)).toEqual([]);
    expect(max(4)).toEqual(["a"]);
  });

  it("quantizations: an unpublished one is `unknown`", () => {
    const two = [endpointOf("a", { quantization: "fp8" }), endpointOf("b")];
    expect(providersOf(planOf(two, { provider: { quantizations: ["fp8"] } }))).toEqual(["a"]);
    expect(providersOf(planOf(two, { provider: { quantizations: ["unknown"] } }))).toEqual(["b"]);
  });

  it("without a key, a price or the operation there is no candidate", () => {
    const three = [endpointOf("a"), endpointOf("b"), endpointOf("c", { operations: ["embeddings"] })];
    const plan = planOf(three, {
      configured: (provider) => provider !== "a",
      price: ({ provider }) => (provider === "b" ? null : planPrice),
    });
    expect(plan.candidates).toEqual([]);
    expect(plan.excluded.map(({ reason }) => reason)).toEqual(["not_configured", "unpriced", "not_configured"]);
  });

  it("one that operators stopped is left out, and where none is left it is not here for now, whatever was wished", () => {
    const two = [endpointOf("a"), endpointOf("b")];
    const stopped = ({ provider }: { readonly provider: string }): boolean => provider === "a";
    expect(providersOf(planOf(two, { stopped }))).toEqual(["b"]);
    const wished = planOf(two, { stopped, provider: { only: ["a"] } });
    expect(wished.excluded.map(({ reason }) => reason)).toEqual(["stopped", "not_in_only"]);
    expect(routeRefusal(wished, "maker/m").code).toBe("model_unavailable");
    const unwished = planOf(two, { stopped: () => true, provider: { ignore: ["a", "b"] } });
    expect(routeRefusal(unwished, "maker/m").code).toBe("no_allowed_endpoint");
  });

  it("one that is not able is left out where another is, and tried where none is; require_parameters never tries it", () => {
    const blind = endpointOf("blind", { input: ["text"] });
    const needs = { capabilities: ["tools"], input: ["image"], output: [] } as const;
    expect(providersOf(planOf([blind, endpointOf("seeing")], { needs }))).toEqual(["seeing"]);
    expect(providersOf(planOf([blind], { needs }))).toEqual(["blind"]);
    expect(planOf([blind], { needs, provider: { require_parameters: true } }).excluded).toEqual([
      { endpoint: "blind/m", reason: "parameters" },
    ]);
  });

  it("are bounded over all models, the first model's before its fallbacks'", () => {
    const many = (prefix: string) => Array.from({ length: 6 }, (_, at) => endpointOf(`${prefix}${at}`));
    const models = [modelOf(many("a")), modelOf(many("b")), modelOf(many("c"))];
    const plan = planOf([], { models });
    expect(plan.candidates).toHaveLength(16);
    const tried = providersOf(applyPolicy(plan, POLICY));
    expect(tried).toHaveLength(8);
    expect(tried.slice(0, 6).every((name) => name.startsWith("a"))).toBe(true);
  });
});

const planPrice = { promptPico: 1n, completionPico: 1n, requestPico: null, imagePico: null };

describe("an endpoint that limits our account", () => {
  const two = [endpointOf("kind", { policy: kind }), endpointOf("weeks", { policy: weeks })];
  const health = { "kind/m": limitedFor(7_000) };

  it("keeps its place for a customer's own key there, and has none without", () => {
    const plan = planOf(two, { health, provider: { order: ["kind"] } });
    expect(plan.limited).toMatchObject([{ endpoint: { provider: "kind" }, waitMs: 7_000 }]);
    expect(providersOf(applyPolicy(plan, POLICY, (provider) => provider === "kind"))).toEqual(["kind", "weeks"]);
    expect(providersOf(applyPolicy(plan, POLICY, (provider) => provider === "weeks"))).toEqual(["weeks"]);
  });

  it("takes neither the room nor the only try of one that is free", () => {
    const alone = planOf(two, { health, provider: { allow_fallbacks: false, sort: "price" }, prices: { kind: 0.5 } });
    expect(providersOf(applyPolicy(alone, POLICY))).toEqual(["weeks"]);
    const many = Array.from({ length: 20 }, (_, at) => endpointOf(`p${at}`));
    const limited = Object.fromEntries(many.slice(0, 6).map(({ id }) => [id, limitedFor(7_000)]));
    const plan = planOf(many, { health: limited });
    expect(plan.candidates).toHaveLength(16);
    expect(providersOf(applyPolicy({ ...plan, tries: 16 }, POLICY))).toHaveLength(14);
  });
});

describe("the policy of a key or organization", () => {
  const all = [endpointOf("unknown"), endpointOf("weeks", { policy: weeks }), endpointOf("kind", { policy: kind })];

  it("G24: a request tightens it and never loosens it", () => {
    const strict: RoutingPolicy = { ...POLICY, zdr: true };
    expect(providersOf(applyPolicy(planOf(all), strict))).toEqual(["kind"]);
    const wishes = { zdr: false, data_collection: "allow", only: ["weeks", "kind"], region: ["us", "eu"] };
    expect(providersOf(applyPolicy(planOf(all, { provider: wishes }), strict))).toEqual(["kind"]);
    expect(applyPolicy(planOf(all, { provider: { ignore: ["kind"] } }), strict).candidates).toEqual([]);
    expect(applyPolicy(planOf(all, { provider: { only: ["unknown"] } }), strict).candidates).toEqual([]);
  });

  it.each([
    [{ dataCollection: "deny" }, ["weeks", "kind"]],
    [{ regions: ["eu"] }, ["kind"]],
    [{ providersOnly: ["unknown"] }, ["unknown"]],
    [{ providersIgnore: ["unknown", "kind"] }, ["weeks"]],
    [{ providersOnly: [] }, []],
  ] as const)("%j leaves %j", (rule, left) => {
    expect(new Set(providersOf(applyPolicy(planOf(all), { ...POLICY, ...rule })))).toEqual(new Set(left));
  });

  it("is asked before the number of tries is cut, so that what it allows is not beyond the cut", () => {
    const many = Array.from({ length: 12 }, (_, at) => endpointOf(`p${at}`, { policy: at === 11 ? kind : weeks }));
    expect(providersOf(applyPolicy(planOf(many), { ...POLICY, zdr: true }))).toEqual(["p11"]);
    const alone = planOf(all, { provider: { allow_fallbacks: false } });
    expect(providersOf(applyPolicy(alone, { ...POLICY, zdr: true }))).toEqual(["kind"]);
    expect(applyPolicy(alone, POLICY).candidates).toHaveLength(1);
  });
});

describe("the refusal where nothing is left", () => {
  const one = [endpointOf("weeks", { policy: weeks })];

  it("G24: names the caller's own rule with 404, the key's with 403, endpoint by endpoint", () => {
    const own = routeRefusal(planOf(one, { provider: { zdr: true } }), "maker/m");
    expect(own).toMatchObject({ code: "no_allowed_endpoint", param: "provider" });
    expect(own.message).toContain("weeks/m (zdr)");
    const policy = routeRefusal(applyPolicy(planOf(one), { ...POLICY, zdr: true }), "maker/m");
    expect(policy.code).toBe("policy_denies_endpoints");
    expect(policy.message).toContain("weeks/m (zdr)");
  });

  it("does not bury the rule under endpoints that are not configured", () => {
    const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    const many = [...names.map((name) => endpointOf(name)), ...one];
    const plan = planOf(many, { provider: { zdr: true }, configured: (name) => name === "weeks" });
    expect(routeRefusal(plan, "maker/m").message).toContain("weeks/m (zdr)");
  });

  it("is a wait where an allowed endpoint asked for one, and a policy only where that endpoint falls to it too", () => {
    const two = [endpointOf("kind", { policy: kind }), ...one];
    const plan = planOf(two, { health: { "kind/m": limitedFor(7_000) } });
    expect(providersOf(applyPolicy(plan, POLICY))).toEqual(["weeks"]);
    expect(routeRefusal(applyPolicy(plan, { ...POLICY, zdr: true }), "maker/m")).toMatchObject({
      code: "upstream_rate_limited",
      retryAfterMs: 7_000,
    });
    const refused = routeRefusal(applyPolicy(plan, { ...POLICY, providersOnly: [] }), "maker/m");
    expect(refused.code).toBe("policy_denies_endpoints");
  });

  it("is 503 where only the configuration or a price is missing", () => {
    expect(routeRefusal(planOf(one, { configured: () => false }), "maker/m").code).toBe("model_unavailable");
    const unpriced = planOf(one, { price: () => null });
    expect(routeRefusal(unpriced, "maker/m").code).toBe("model_unpriced");
  });
});
