import { describe, expect, it } from "vitest";
import { models, priceSheet, type Endpoint } from "#catalog";
import { USAGE_UNITS, type UsageUnit, type UsageUnits } from "#kernel";
import { priceUnits } from "#metering";
import {
  fractionOf,
  nanoUp,
  plus,
  rawCost,
  rawPrices,
  times,
  unitPrice,
  ZERO,
  type Fraction,
  type RawPrices,
} from "./rational.ts";

/** Which units the check covers, and from where the price comes that it compares with. */
const COVERED: Readonly<Record<UsageUnit, "package" | "ours" | "package and ours" | "no model is priced by it">> = {
  input: "package",
  cached_read: "package",
  cache_write_5m: "package",
  cache_write_1h: "package and ours",
  output: "package",
  reasoning: "package",
  audio_in: "package",
  audio_cached_read: "package",
  audio_out: "package",
  image_in: "package",
  image_out: "package",
  images: "ours",
  video_ms: "no model is priced by it",
  characters: "ours",
  audio_ms: "package",
  searches: "package and ours",
  calls: "package",
};

/** USD for one unit, written here once more: the package has no such rows. Free rows stand in FREE. */
const OURS: Readonly<Record<string, readonly [unit: UsageUnit, usd: string]>> = {
  "openai/tts-1": ["characters", "0.000015"],
  "openai/tts-1-hd": ["characters", "0.00003"],
  "google/imagen-4.0-fast-generate-001": ["images", "0.02"],
  "google/imagen-4.0-generate-001": ["images", "0.04"],
  "google/imagen-4.0-ultra-generate-001": ["images", "0.06"],
  "cohere/rerank-v3.5": ["searches", "0.002"],
  "cohere/rerank-v4.0-fast": ["searches", "0.002"],
  "cohere/rerank-v4.0-pro": ["searches", "0.0025"],
  "workers-ai/@cf/black-forest-labs/flux-1-schnell": ["images", "0.001056"],
};
const FREE = new Set(["openai/omni-moderation-latest", "openai/omni-moderation-2024-09-26"]);

interface Difference {
  readonly cause: string;
  readonly applies: (endpoint: Endpoint, unit: UsageUnit) => boolean;
  /** USD for one unit where the package says something else or nothing. */
  readonly usd: (prices: RawPrices, wholeInput: number) => Fraction;
}

/** Every way in which we mean to differ from the package. Each must be seen to make a difference. */
const DIFFERENCES: readonly Difference[] = [
  {
    cause:
      "Bedrock writes an hour's cache at twice the price of input; the package says so only for the newest Claude, and would charge five minutes' price for the rest.",
    applies: ({ provider, upstreamModel }, unit) =>
      unit === "cache_write_1h" && provider === "bedrock" && !upstreamModel.endsWith("claude-opus-5-5"),
    usd: (prices, wholeInput) => times(unitPrice(prices, "input", wholeInput) ?? ZERO, 2n),
  },
  {
    cause: "Gemini 3 searches cost $14 a thousand; the package has no price for Google's searches.",
    applies: ({ provider }, unit) => unit === "searches" && provider === "google",
    usd: () => fractionOf("0.014"),
  },
];

/** After the package's last change of DeepSeek's prices: its daily windows carry no date, ours hold from that date only. */
const FROM_MS = Date.UTC(2026, 8, 1);
const UNTIL_MS = Date.UTC(2027, 1, 28);
const USAGES_PER_ENDPOINT = 3;
const TIMES_OF_TIER = [0, 1, 250_000] as const;

/** Mulberry32: the same usages on every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Call {
  readonly endpoint: Endpoint;
  readonly units: UsageUnits;
  readonly atMs: number;
}

const endpoints = models()
  .flatMap((model) =>
    model.endpoints.map((endpoint) => ({ endpoint, operations: endpoint.operations ?? model.operations })),
  )
  .filter(({ endpoint }) => endpoint.provider !== "sandbox");
const calls = generateCalls();

/** Some usages of every endpoint with units that it can be charged for, and for every tier one below and two above its start. */
function generateCalls(): readonly Call[] {
  const random = seeded(20_261_125);
  const whole = (max: number) => Math.floor(random() * max);
  const instant = () => FROM_MS + whole(UNTIL_MS - FROM_MS);
  return endpoints.flatMap(({ endpoint, operations }) => {
    const prices = endpoint.prices.at(-1)?.prices ?? {};
    const isText = operations.includes("chat.completions");
    const chargeable = USAGE_UNITS.filter(
      (unit) => prices[unit] !== undefined || (isText && (unit === "reasoning" || unit === "cached_read")),
    );
    const usage = (): UsageUnits =>
      Object.fromEntries(chargeable.map((unit) => [unit, random() < 0.2 ? 0 : whole(random() < 0.5 ? 900 : 400_000)]));
    const plain = Array.from({ length: USAGES_PER_ENDPOINT }, () => ({ endpoint, units: usage(), atMs: instant() }));
    const starts = new Set(Object.values(prices).flatMap(({ tiers }) => tiers.map((tier) => tier.fromInputTokens - 1)));
    const edges = [...starts].flatMap((start) =>
      TIMES_OF_TIER.map((above) => ({
        endpoint,
        units: { input: start + above - 1_000, cached_read: 1_000, output: 1_234, reasoning: 567 },
        atMs: instant(),
      })),
    );
    return [...plain, ...edges];
  });
}

/** Null where neither the package nor our tables have a price for what was used. */
function expectedNano({ endpoint, units, atMs }: Call): bigint | null {
  if (FREE.has(endpoint.id)) return 0n;
  const ours = OURS[endpoint.id];
  if (ours) return nanoUp(times(fractionOf(ours[1]), BigInt(units[ours[0]] ?? 0)));
  const prices = rawPrices(endpoint.provider, endpoint.upstreamModel, atMs);
  if (prices === null) return null;
  const whole = inputOf(units);
  const asPackage: Partial<Record<UsageUnit, number>> = { ...units };
  let different = ZERO;
  for (const unit of USAGE_UNITS) {
    const difference = DIFFERENCES.find((one) => one.applies(endpoint, unit));
    if (!difference) continue;
    different = plus(different, times(difference.usd(prices, whole), BigInt(units[unit] ?? 0)));
    // No endpoint that differs in a unit of input has tiers, which what is priced apart would else count for.
    delete asPackage[unit];
  }
  const cost = rawCost(prices, asPackage);
  return cost && nanoUp(plus(cost, different));
}

function inputOf(units: UsageUnits): number {
  const { input = 0, cached_read = 0, cache_write_5m = 0, cache_write_1h = 0 } = units;
  return input + cached_read + cache_write_5m + cache_write_1h + (units.audio_in ?? 0) + (units.image_in ?? 0);
}

function actualNano({ endpoint, units, atMs }: Call): bigint {
  const sheet = priceSheet(endpoint, atMs, null);
  const priced = sheet && priceUnits(units, sheet);
  if (!priced?.ok) throw new Error(`${endpoint.id} has no price for what it is called for`);
  return priced.costNano;
}

describe("the price of a call", () => {
  it("equals a separate calculation from the package's raw decimals, to the nano-USD", () => {
    for (const call of calls) {
      const what = `${call.endpoint.id} at ${new Date(call.atMs).toISOString()} ${JSON.stringify(call.units)}`;
      expect(actualNano(call), what).toBe(expectedNano(call));
    }
  });

  it("is checked for at least 200 usages of 40 models, over tiers on both sides and a dated change", () => {
    expect(calls.length).toBeGreaterThanOrEqual(200);
    expect(new Set(calls.map(({ endpoint }) => endpoint.id)).size).toBeGreaterThanOrEqual(endpoints.length);
    expect(endpoints.length).toBeGreaterThanOrEqual(40);
    const tiers = calls.filter(({ endpoint, units }) => {
      const [tier] = endpoint.prices.at(-1)?.prices.input?.tiers ?? [];
      return tier !== undefined && inputOf(units) >= tier.fromInputTokens;
    });
    expect(tiers.length).toBeGreaterThanOrEqual(40);
    const changed = calls.filter(({ endpoint, atMs }) =>
      endpoint.prices.some(({ from }) => from !== null && Date.parse(from) > FROM_MS && Date.parse(from) <= atMs),
    );
    expect(changed.length).toBeGreaterThan(0);
  });

  it("is checked for every unit that any model is priced by", () => {
    const used = new Set(calls.flatMap(({ units }) => USAGE_UNITS.filter((unit) => (units[unit] ?? 0) > 0)));
    const covered = USAGE_UNITS.filter((unit) => COVERED[unit] !== "no model is priced by it");
    expect([...used].sort()).toEqual([...covered].sort());
    const priced = new Set(
      endpoints.flatMap(({ endpoint }) => endpoint.prices.flatMap(({ prices }) => Object.keys(prices))),
    );
    expect(covered.filter((unit) => unit !== "reasoning" && !priced.has(unit))).toEqual([]);
  });

  it.each(DIFFERENCES)("differs from the package on purpose, and visibly: $cause", ({ applies, usd }) => {
    const seen = calls.flatMap(({ endpoint, atMs }) =>
      USAGE_UNITS.filter((unit) => applies(endpoint, unit)).map((unit) => {
        const prices = rawPrices(endpoint.provider, endpoint.upstreamModel, atMs) ?? {};
        return {
          sheet: endpoint.prices.at(-1)?.prices[unit],
          package: unitPrice(prices, unit, 1),
          ours: usd(prices, 1),
        };
      }),
    );
    const charged = seen.filter(({ sheet }) => sheet !== undefined);
    expect(charged.length).toBeGreaterThan(0);
    for (const one of charged) {
      const isSame = one.package !== null && one.package.top * one.ours.bottom === one.ours.top * one.package.bottom;
      expect(isSame).toBe(false);
    }
  });

  it("comes from the package for every endpoint that is not in our own lists", () => {
    const foreign = endpoints.filter(
      ({ endpoint }) => rawPrices(endpoint.provider, endpoint.upstreamModel, FROM_MS) === null,
    );
    const listed = new Set([...Object.keys(OURS), ...FREE]);
    expect(foreign.map(({ endpoint }) => endpoint.id).filter((id) => !listed.has(id))).toEqual([]);
  });
});
