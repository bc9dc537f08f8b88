import { beforeAll, describe, expect, it } from "vitest";
import type { Admission, SealedProviderKey } from "#admission";
import { models, priceSheet, type Endpoint, type Model } from "#catalog";
import { ZERO_NANO } from "#kernel";
import { makeOpeningKey, parseOpeningKeys, parseSealingKey, seal, type OpeningKeys, type SealingKey } from "#keys";
import { configureProviders } from "#providers";
import type { Route } from "../../../workers/gateway/inference/find-route.ts";
import type { Target } from "../../../workers/gateway/inference/lane.ts";
import { openLanes } from "../../../workers/gateway/inference/open-lanes.ts";

const AT_MS = Date.parse("2026-11-25T12:00:00Z");
const ORG = "org_1";
const providers = configureProviders(
  { OPENAI_API_KEY: "sk-ours", GROQ_API_KEY: "gsk-ours" },
  () => expect.fail("no call is made here"),
  { nowMs: () => AT_MS },
);

function firstOf(provider: string): Target {
  for (const model of models()) {
    const endpoint = model.endpoints.find((candidate) => candidate.provider === provider);
    const sheet = endpoint ? priceSheet(endpoint, AT_MS, null) : null;
    if (endpoint && sheet && model.operations.includes("chat.completions")) return target(model, endpoint, sheet);
  }
  return expect.fail(`the catalogue has no chat of ${provider}`);
}

function target(model: Model, endpoint: Endpoint, sheet: Target["sheet"]): Target {
  const provider = providers.get(endpoint.provider) ?? expect.fail("a provider without its key");
  return {
    model,
    endpoint,
    provider,
    sheet,
    listSheet: sheet,
    hold: { baseNano: ZERO_NANO, inputTokens: 1, output: null },
  };
}

const openai = firstOf("openai");
const groq = firstOf("groq");

const routeTo = (targets: readonly Target[], limited: readonly Target[] = [], tries = targets.length): Route => ({
  model: openai.model,
  plan: {
    candidates: targets.map(({ model, endpoint }) => ({ model, endpoint })),
    excluded: [],
    limited: limited.map(({ endpoint }) => ({ endpoint, waitMs: 7_000 })),
    tries,
  },
  targets: new Map(targets.map((one) => [one.endpoint.id, one])),
  hold: openai.hold,
});

const admission = (more: Partial<Admission> = {}): Admission => ({
  orgId: ORG,
  keyId: "key_1",
  heldNano: ZERO_NANO,
  outputTokens: 100,
  tokens: 200,
  limits: { requests: null, tokens: null },
  policy: { dataCollection: null, zdr: false, regions: null, providersOnly: null, providersIgnore: null },
  byok: [],
  guardrails: null,
  models: null,
  ...more,
});

let openingKeys: OpeningKeys;
let sealing: SealingKey;

beforeAll(async () => {
  const jwk = await makeOpeningKey("k1");
  openingKeys = await parseOpeningKeys(JSON.stringify([jwk]));
  sealing = await parseSealingKey(JSON.stringify({ ...jwk, d: undefined }));
});

const own = async (mode: SealedProviderKey["mode"], orgId = ORG): Promise<SealedProviderKey> => ({
  provider: "openai",
  mode,
  ...(await seal(sealing, "sk-theirs", { orgId, provider: "openai" })),
});

const lanesOf = async (route: Route, more: Partial<Admission>) =>
  (await openLanes(route, admission(more), openingKeys)).map(({ target: to, ownKey }) => [
    to.endpoint.provider,
    ownKey,
  ]);

describe("a customer's own key", () => {
  const route = routeTo([openai, groq]);

  it("goes first at its provider; without `only` ours stands behind it", async () => {
    const [preferred, alone] = [await own("first"), await own("only")];
    expect(await lanesOf(route, { byok: [preferred] })).toEqual([
      ["openai", "sk-theirs"],
      ["openai", null],
      ["groq", null],
    ]);
    expect(await lanesOf(route, { byok: [alone] })).toEqual([
      ["openai", "sk-theirs"],
      ["groq", null],
    ]);
  });

  it("of mode `only` that does not open is no reason to call with ours", async () => {
    const foreign = await own("only", "org_2");
    await expect(lanesOf(routeTo([openai]), { byok: [foreign] })).rejects.toMatchObject({ code: "byok_key_rejected" });
    expect(await lanesOf(route, { byok: [foreign] })).toEqual([["groq", null]]);
  });
});

describe("an endpoint that limits our account", () => {
  it("is left to the customer's own key, with no lane of ours behind it", async () => {
    const route = routeTo([openai, groq], [openai]);
    for (const mode of ["first", "only"] as const) {
      expect(await lanesOf(route, { byok: [await own(mode)] })).toEqual([
        ["openai", "sk-theirs"],
        ["groq", null],
      ]);
    }
    expect(await lanesOf(route, {})).toEqual([["groq", null]]);
  });

  it("is a wait where nothing else is left, also for an own key that does not open", async () => {
    const refusal = { code: "upstream_rate_limited", retryAfterMs: 7_000 };
    await expect(lanesOf(routeTo([openai], [openai]), {})).rejects.toMatchObject(refusal);
    const foreign = { byok: [await own("first", "org_2")] };
    await expect(lanesOf(routeTo([openai], [openai]), foreign)).rejects.toMatchObject(refusal);
  });

  it("takes no try from one that is free", async () => {
    expect(await lanesOf(routeTo([openai, groq], [openai], 1), {})).toEqual([["groq", null]]);
  });
});

describe("what a key may use", () => {
  const route = routeTo([openai, groq]);

  it("G24: bounds the fallback models too", async () => {
    expect(await lanesOf(route, { models: [openai.model.id] })).toEqual([["openai", null]]);
    await expect(lanesOf(route, { models: [] })).rejects.toMatchObject({ code: "model_unavailable" });
  });

  it("G24: its policy is applied to the route that was planned before it was known", async () => {
    const { policy } = admission();
    const without = { policy: { ...policy, providersIgnore: ["openai"] } };
    expect(await lanesOf(route, without)).toEqual([["groq", null]]);
    await expect(lanesOf(routeTo([openai]), without)).rejects.toMatchObject({ code: "policy_denies_endpoints" });
  });
});
