import { describe, expect, it } from "vitest";
import type { PriceOverrides, TieredPrice, UnitPrices } from "#catalog";
import { AppError } from "#kernel";
import { configureProviders } from "#providers";
import { recordHealth, UNKNOWN_HEALTH, type EndpointHealth } from "#routing";
import { openAiChatClient } from "#wire";
import { findRoute } from "../../../workers/gateway/inference/find-route.ts";
import { prepareRerank } from "../../../workers/gateway/inference/prepare-rerank.ts";
import { prepareText } from "../../../workers/gateway/inference/prepare-text.ts";
import { BODY_SAYS } from "../../../workers/gateway/inference/route-hints.ts";

const AT_MS = Date.parse("2026-11-25T12:00:00Z");
const ENDPOINT = "openai/gpt-4o";
const providers = configureProviders(
  { OPENAI_API_KEY: "sk-ours", COHERE_API_KEY: "co-ours", ANTHROPIC_API_KEY: "sk-ant-ours" },
  () => expect.fail("no call is made here"),
  { nowMs: () => AT_MS },
);

/** USD per million tokens, and per whole thing in micro-USD. */
const flat = (usd: number): TieredPrice => ({
  base: { pico: BigInt(Math.round(usd * 1e12)), per: 1_000_000n },
  tiers: [],
});
const overridesOf = (prices: UnitPrices, endpoint: string): PriceOverrides => ({
  version: 1,
  entries: [{ endpoint, dated: { from: null, prices, source: null } }],
});

interface Asked {
  readonly body?: object;
  readonly prices?: UnitPrices;
  readonly health?: Readonly<Record<string, EndpointHealth>>;
  /** What operators keep calls from. */
  readonly stops?: readonly string[];
}

function route(
  { body = {}, prices = { input: flat(2), output: flat(8) }, health = {}, stops = [] }: Asked,
  rerank = false,
) {
  const chat = { model: ENDPOINT, messages: [{ role: "user", content: "Hi" }], ...body };
  const ranked = { model: "cohere/rerank-v3.5", query: "a river", documents: ["a", "b"], ...body };
  const call = rerank
    ? prepareRerank(JSON.stringify(ranked))
    : prepareText(openAiChatClient, BODY_SAYS)(JSON.stringify(chat));
  return findRoute({
    call,
    key: { mode: "live", region: "g", locator: "l", hash: "aa".repeat(32) },
    providers,
    overrides: {
      prices: overridesOf(prices, rerank ? ranked.model : ENDPOINT),
      stops: { version: 1, targets: stops },
    },
    atMs: AT_MS,
    nowMs: AT_MS,
    health: (id) => health[id] ?? UNKNOWN_HEALTH,
    sticky: null,
    random: (length) => new Uint8Array(length),
  });
}

function refusalOf(asked: Asked, rerank = false): AppError | null {
  try {
    route(asked, rerank);
    return null;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

const isTooDear = (max_price: object, asked: Asked = {}, rerank = false): boolean => {
  const refusal = refusalOf({ ...asked, body: { ...asked.body, provider: { max_price } } }, rerank);
  if (refusal !== null) expect(refusal).toMatchObject({ code: "no_allowed_endpoint" });
  return refusal !== null;
};

describe("what operators stopped", () => {
  it("is a provider, or a single endpoint, by its name", () => {
    expect(refusalOf({ stops: ["openai"] })).toMatchObject({ code: "model_unavailable" });
    expect(refusalOf({ stops: [ENDPOINT] })).toMatchObject({ code: "model_unavailable" });
    expect(refusalOf({ stops: ["open", `${ENDPOINT}-mini`] })).toBeNull();
  });
});

describe("what is held of output at first", () => {
  const slice = (body: object): number | null | undefined =>
    route({ body: { stream: true, ...body } }).hold.output?.slice;

  it("is a slice of what streams from a model that does not reason, and all of a whole answer", () => {
    expect(slice({})).toBe(1_024);
    expect(slice({ stream: false })).toBeNull();
  });

  it("is all where reasoning may hide in it: of models that reason by themselves, and of others that are asked to", () => {
    const claude = { model: "anthropic/claude-haiku-4-5-20251001" };
    expect(slice({ model: "openai/gpt-5-mini" })).toBeNull();
    expect(slice({ model: "anthropic/claude-opus-5" })).toBeNull();
    expect(slice(claude)).toBe(1_024);
    expect(slice({ ...claude, reasoning_effort: "low" })).toBeNull();
  });

  it("is all where one of several models may hide some", () => {
    expect(slice({ models: ["openai/gpt-4.1"] })).toBe(1_024);
    expect(slice({ models: ["openai/gpt-5-mini"] })).toBeNull();
  });
});

describe("max_price is held against what the call can meet", () => {
  const tier = { fromInputTokens: 1_000, price: { pico: 4_000_000_000_000n, per: 1_000_000n } };
  const tiered = { input: { ...flat(2), tiers: [tier] }, output: { ...flat(2), tiers: [tier] } };

  it("G24: the tier that its input can reach counts, and one beyond it does not", () => {
    const long = { messages: [{ role: "user", content: "a".repeat(1_000) }] };
    for (const member of ["prompt", "completion"]) {
      expect(isTooDear({ [member]: 2 }, { prices: tiered })).toBe(false);
      expect(isTooDear({ [member]: "3.999999999999" }, { prices: tiered, body: long })).toBe(true);
      expect(isTooDear({ [member]: 4 }, { prices: tiered, body: long })).toBe(false);
    }
  });

  it("G24: a cache's writes count where they can happen: by a marker, or by themselves", () => {
    const marked = {
      messages: [
        { role: "user", content: [{ type: "text", text: "Hi", cache_control: { type: "ephemeral", ttl: "1h" } }] },
      ],
    };
    const itself = { input: flat(2), output: flat(8), cache_write_5m: flat(3) };
    expect(isTooDear({ prompt: 2 }, { prices: itself })).toBe(true);
    expect(isTooDear({ prompt: 3 }, { prices: itself })).toBe(false);
    const twoLives = { ...itself, cache_write_1h: flat(5) };
    expect(isTooDear({ prompt: 2 }, { prices: twoLives })).toBe(false);
    expect(isTooDear({ prompt: 4 }, { prices: twoLives, body: marked })).toBe(true);
  });

  it("G24: reasoning that costs more than text counts as completion", () => {
    const prices = { input: flat(2), output: flat(8), reasoning: flat(9) };
    expect(isTooDear({ completion: 8 }, { prices })).toBe(true);
    expect(isTooDear({ completion: 9 }, { prices })).toBe(false);
  });

  it("G24: a fraction of a pico-USD above the wish is above it", () => {
    const third = { base: { pico: 1n, per: 3_000_000n }, tiers: [] };
    expect(isTooDear({ prompt: "0" }, { prices: { input: third, output: flat(0) } })).toBe(true);
    expect(isTooDear({ prompt: "0.000000000001" }, { prices: { input: third, output: flat(0) } })).toBe(false);
  });

  it("G24: the fee of a call and of every search it may run make the request's price together", () => {
    const fees = { input: flat(2), output: flat(8), calls: flat(5_000), searches: flat(10_000) };
    // USD 0.005 for the call; it cannot search.
    expect(isTooDear({ request: "0.004999999999" }, { prices: fees })).toBe(true);
    expect(isTooDear({ request: "0.005" }, { prices: fees })).toBe(false);
    // A rerank is one search here, and a call.
    expect(isTooDear({ request: "0.014999999999" }, { prices: fees }, true)).toBe(true);
    expect(isTooDear({ request: "0.015" }, { prices: fees }, true)).toBe(false);
  });
});

describe("suffixes in `models`", () => {
  it.each([":floor", ":nitro"])("%s is refused by the place it stands in, never dropped", (suffix) => {
    expect(refusalOf({ body: { models: ["openai/gpt-4.1", `openai/gpt-4o-mini${suffix}`] } })).toMatchObject({
      code: "invalid_parameter",
      param: "models[1]",
    });
  });

  it(":online is refused as it is in `model`", () => {
    expect(refusalOf({ body: { model: `${ENDPOINT}:online` } })).toMatchObject({ code: "unsupported_parameter" });
    expect(refusalOf({ body: { models: ["openai/gpt-4.1:online"] } })).toMatchObject({
      code: "unsupported_parameter",
      param: "models[0]",
    });
  });

  it("is heard where the entry is `model` itself", () => {
    const name = `${ENDPOINT}:floor`;
    expect(route({ body: { model: name, models: [name] } }).model.id).toBe(ENDPOINT);
  });
});

describe("an endpoint that limits us", () => {
  it("stays in the plan with its price held: a customer's own key may call it", () => {
    const limited = recordHealth(UNKNOWN_HEALTH, { type: "fault", retryAfterMs: 7_000 }, AT_MS);
    const { plan, targets, hold } = route({ health: { [ENDPOINT]: limited } });
    expect(plan.limited).toMatchObject([{ waitMs: 7_000 }]);
    expect(plan.candidates.map(({ endpoint }) => endpoint.id)).toEqual([ENDPOINT]);
    expect(targets.get(ENDPOINT)?.hold).toEqual(hold);
  });
});
