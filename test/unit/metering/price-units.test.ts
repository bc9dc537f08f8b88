import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findModel, models, priceSheet, type Endpoint, type PriceSheet } from "#catalog";
import { USAGE_UNITS, type UsageUnit, type UsageUnits } from "#kernel";
import { priceUnits, totalInputTokens } from "#metering";
import { independentCostNano, packageFloatUsd } from "./rational.ts";

/** Text and embeddings of the providers whose package names are their API's; independent-prices.test.ts checks the rest. */
const CHECKED_HERE = new Set(["openai", "groq", "mistral", "deepseek", "xai"]);
const fromPackage = models()
  .flatMap((model) => model.endpoints)
  .filter(
    ({ provider, upstreamModel }) =>
      CHECKED_HERE.has(provider) && !/image|tts|whisper|transcribe|moderation/.test(upstreamModel),
  );
/** After the last dated change of the package: its daily windows carry no date, ours do. */
const LATE = { min: Date.UTC(2026, 8, 1), max: Date.UTC(2026, 11, 31) };

const sheetOf = (endpoint: Endpoint, atMs: number): PriceSheet => {
  const sheet = priceSheet(endpoint, atMs, null);
  if (!sheet) throw new Error(`${endpoint.id} has no price`);
  return sheet;
};
const cost = (units: UsageUnits, sheet: PriceSheet): bigint => {
  const priced = priceUnits(units, sheet);
  if (!priced.ok) throw new Error(`${priced.missing} is not priced`);
  return priced.costNano;
};
const flat = (pico: bigint, per = 1_000_000n) => ({ base: { pico, per }, tiers: [] });

const count = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 500 }), fc.integer({ min: 100_000, max: 2_000_000 }));
const chatUsage = fc.record({
  input: count,
  cached_read: count,
  cache_write_5m: count,
  output: count,
  reasoning: count,
});
const embedUsage = fc.record({ input: count });
const call = fc.constantFrom(...fromPackage).chain((endpoint) => {
  const embeds = endpoint.upstreamModel.includes("embed");
  const units: fc.Arbitrary<UsageUnits> = embeds ? embedUsage : chatUsage;
  return fc.record({ endpoint: fc.constant(endpoint), units, atMs: fc.integer(LATE) });
});

describe("pricing usage", () => {
  it("agrees to the nano with an independent rational computation from the package's raw decimals", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(call, ({ endpoint, units, atMs }) => {
        seen.add(endpoint.id);
        const expected = independentCostNano(endpoint.provider, endpoint.upstreamModel, units, atMs);
        expect(expected, endpoint.id).not.toBeNull();
        expect(cost(units, sheetOf(endpoint, atMs)), endpoint.id).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
    expect(seen.size).toBeGreaterThanOrEqual(40);
  });

  it("agrees with every model of the package once, at a plain usage", () => {
    const units = { input: 12_345, output: 678 };
    for (const endpoint of fromPackage) {
      const used = endpoint.upstreamModel.includes("embed") ? { input: 12_345 } : units;
      const expected = independentCostNano(endpoint.provider, endpoint.upstreamModel, used, LATE.min);
      expect(cost(used, sheetOf(endpoint, LATE.min)), endpoint.id).toBe(expected);
    }
  });

  it("is at most one nano-USD above the package's own float result, and never below it", () => {
    fc.assert(
      fc.property(call, ({ endpoint, units, atMs }) => {
        // The package counts cache writes inside input and refuses a count that a model does not price.
        const plain = { ...units, cache_write_5m: 0 };
        const usd = packageFloatUsd(endpoint.provider, endpoint.upstreamModel, plain, atMs);
        if (usd === null) throw new Error(`${endpoint.id} is not in the package`);
        const ours = Number(cost(plain, sheetOf(endpoint, atMs)));
        const slack = 1e-6 + Math.abs(usd) * 1e9 * 1e-12;
        expect(ours, endpoint.id).toBeGreaterThanOrEqual(usd * 1e9 - slack);
        expect(ours, endpoint.id).toBeLessThanOrEqual(usd * 1e9 + 1 + slack);
      }),
      { numRuns: 300 },
    );
  });

  it("rounds once, up: a hundred thousandths of a nano are one nano, not a hundred", () => {
    const sheet: PriceSheet = { version: "t", prices: { input: flat(1n, 1_000n), output: flat(1n, 1_000n) } };
    expect(cost({ input: 50, output: 50 }, sheet)).toBe(1n);
    expect(cost({ input: 1 }, sheet)).toBe(1n);
    expect(cost({}, sheet)).toBe(0n);
  });

  it("never depends on the order in which units are named", () => {
    fc.assert(
      fc.property(call, ({ endpoint, units, atMs }) => {
        const sheet = sheetOf(endpoint, atMs);
        expect(cost(Object.fromEntries(Object.entries(units).toReversed()), sheet)).toBe(cost(units, sheet));
      }),
    );
  });

  it("never falls when a unit grows, also across a tier", () => {
    const grown = fc.record({
      call,
      unit: fc.constantFrom<UsageUnit>("input", "cached_read", "output"),
      more: fc.integer({ min: 1, max: 300_000 }),
    });
    fc.assert(
      fc.property(grown, ({ call: { endpoint, units, atMs }, unit, more }) => {
        fc.pre(!(endpoint.upstreamModel.includes("embed") && unit === "output"));
        const sheet = sheetOf(endpoint, atMs);
        expect(cost({ ...units, [unit]: (units[unit] ?? 0) + more }, sheet)).toBeGreaterThanOrEqual(cost(units, sheet));
      }),
    );
  });

  it("chooses the tier by the whole input, cached and written tokens included, and for output too", () => {
    const [endpoint] = findModel("openai/gpt-6-astra")?.endpoints ?? [];
    if (!endpoint) throw new Error("the catalogue lost its tiered model");
    const sheet = sheetOf(endpoint, LATE.min);
    expect(cost({ input: 100_000, cached_read: 171_999, output: 1_000 }, sheet)).toBe(
      1_000_000_000n + 171_999_000n + 50_000_000n,
    );
    expect(cost({ input: 100_000, cached_read: 172_000, output: 1_000 }, sheet)).toBe(
      2_000_000_000n + 344_000_000n + 75_000_000n,
    );
    expect(
      totalInputTokens({ input: 1, cached_read: 2, cache_write_5m: 4, audio_in: 8, image_in: 16, output: 32 }),
    ).toBe(31);
  });

  it("prices cached tokens once, at their own price where there is one", () => {
    const sheet: PriceSheet = {
      version: "t",
      prices: { input: flat(10_000_000_000n), cached_read: flat(1_000_000_000n) },
    };
    expect(cost({ input: 900, cached_read: 100 }, sheet)).toBe(9_000n + 100n);
  });

  it("lets a unit without a price cost what its substitute costs, never nothing", () => {
    const sheet: PriceSheet = { version: "t", prices: { input: flat(2_000_000_000n), output: flat(8_000_000_000n) } };
    for (const unit of [
      "cached_read",
      "cache_write_5m",
      "cache_write_1h",
      "audio_in",
      "audio_cached_read",
      "image_in",
    ] as const) {
      expect(cost({ [unit]: 1_000 }, sheet), unit).toBe(2_000n);
    }
    for (const unit of ["reasoning", "audio_out", "image_out"] as const)
      expect(cost({ [unit]: 1_000 }, sheet), unit).toBe(8_000n);
  });

  it("G3: names the unit that has neither a price nor a substitute, and prices nothing", () => {
    const sheet: PriceSheet = { version: "t", prices: { input: flat(1n) } };
    expect(priceUnits({ input: 1, output: 1 }, sheet)).toEqual({ ok: false, missing: "output" });
    for (const unit of ["video_ms", "characters", "audio_ms", "searches", "calls"] as const) {
      expect(priceUnits({ [unit]: 1 }, sheet)).toEqual({ ok: false, missing: unit });
    }
    expect(priceUnits({ output: 0 }, sheet)).toEqual({ ok: true, costNano: 0n });
  });

  it("takes an explicit zero as a price, for every unit", () => {
    const prices = Object.fromEntries(USAGE_UNITS.map((unit) => [unit, flat(0n)]));
    for (const unit of USAGE_UNITS) expect(cost({ [unit]: 1_000_000 }, { version: "t", prices })).toBe(0n);
  });

  it("refuses counts that are negative or not whole instead of pricing them", () => {
    const sheet: PriceSheet = { version: "t", prices: { input: flat(1n) } };
    for (const input of [-1, 0.5, Number.NaN, Infinity]) expect(() => priceUnits({ input }, sheet)).toThrow(RangeError);
  });
});
