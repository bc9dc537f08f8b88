import { calcPrice, findProvider, type MatchLogic, type ModelInfo } from "@pydantic/genai-prices";
import type { UsageUnit, UsageUnits } from "#kernel";

/**
 * An independent computation of a cost: the package's own rules of which row a name means and which entry holds at an
 * instant, its raw decimals read as fractions, its own rule of tiers, and exact rational arithmetic, rounded up once.
 * Shares no code with src/catalog, src/metering or the generator.
 */
export interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

export type RawPrice = number | { readonly base: number; readonly tiers: readonly { start: number; price: number }[] };
export type RawPrices = Readonly<Record<string, RawPrice | undefined>>;

export const ZERO: Fraction = { top: 0n, bottom: 1n };
const NANO_PER_USD = 1_000_000_000n;
const MILLION = 1_000_000n;
const THOUSAND = 1_000n;
const HOUR_MS = 3_600_000n;

const PACKAGE_IDS: Readonly<Record<string, string>> = {
  xai: "x-ai",
  bedrock: "aws",
  "workers-ai": "cloudflare",
  moonshot: "moonshotai",
  zhipu: "zai",
};

/**
 * The package's units lie inside each other (cached inside input, reasoning inside output): what has no price of its own
 * costs what the unit around it costs. Keys from the inside out, and how many units a price is for.
 */
const KEYS: Readonly<Partial<Record<UsageUnit, readonly [per: bigint, ...keys: readonly string[]]>>> = {
  input: [MILLION, "input_mtok"],
  cached_read: [MILLION, "cache_read_mtok", "input_mtok"],
  cache_write_5m: [MILLION, "cache_write_mtok", "input_mtok"],
  cache_write_1h: [MILLION, "cache_write_1h_mtok", "cache_write_mtok", "input_mtok"],
  output: [MILLION, "output_mtok"],
  reasoning: [MILLION, "output_reasoning_mtok", "output_mtok"],
  audio_in: [MILLION, "input_audio_mtok", "input_mtok"],
  audio_cached_read: [MILLION, "cache_audio_read_mtok", "input_audio_mtok", "input_mtok"],
  audio_out: [MILLION, "output_audio_mtok", "output_mtok"],
  image_in: [MILLION, "input_image_mtok", "input_mtok"],
  image_out: [MILLION, "output_image_mtok", "output_mtok"],
  searches: [THOUSAND, "web_searches_kcount"],
  calls: [THOUSAND, "requests_kcount"],
  audio_ms: [HOUR_MS, "audio_hours"],
};

const INPUT: readonly UsageUnit[] = [
  "input",
  "cached_read",
  "cache_write_5m",
  "cache_write_1h",
  "audio_in",
  "audio_cached_read",
  "image_in",
];

/** Nano-USD, rounded up once; null when the package has no such model or no price for a unit that was used. */
export function independentCostNano(
  provider: string,
  upstream: string,
  units: UsageUnits,
  atMs: number,
): bigint | null {
  const prices = rawPrices(provider, upstream, atMs);
  const cost = prices && rawCost(prices, units);
  return cost && nanoUp(cost);
}

/** The exact cost of a usage, USD; null when a unit that was used has no price. */
export function rawCost(prices: RawPrices, units: UsageUnits): Fraction | null {
  const whole = INPUT.reduce((total, unit) => total + (units[unit] ?? 0), 0);
  let sum = ZERO;
  for (const [unit, count] of Object.entries(units)) {
    if (count === 0) continue;
    const price = unitPrice(prices, unit, whole);
    if (price === null) return null;
    sum = plus(sum, times(price, BigInt(count)));
  }
  return sum;
}

/** USD for one unit, at the tier that so much input in all reaches: the package's tiers begin above their start. */
export function unitPrice(prices: RawPrices, unit: string, wholeInput: number): Fraction | null {
  const [per, ...keys] = Object.entries(KEYS).find(([known]) => known === unit)?.[1] ?? [1n];
  const raw = keys.map((key) => prices[key]).find((price) => price !== undefined);
  if (raw === undefined) return null;
  const { top, bottom } = fractionOf(String(tierPrice(raw, wholeInput)));
  return { top, bottom: bottom * per };
}

/** The package's row of a name, in the entry that holds at an instant; null where it knows none. */
export function rawPrices(provider: string, upstream: string, atMs: number): RawPrices | null {
  const model = rawModel(provider, upstream);
  if (!model) return null;
  if (!Array.isArray(model.prices)) return model.prices;
  const held = model.prices.toReversed().find(({ constraint }) => {
    if (constraint === undefined) return true;
    if (constraint.type === "start_date") return Date.parse(constraint.start_date) <= atMs;
    const time = new Date(atMs).toISOString().slice(11, 19);
    return time >= constraint.start_time.slice(0, 8) && time < constraint.end_time.slice(0, 8);
  });
  return held?.prices ?? null;
}

function rawModel(provider: string, upstream: string): ModelInfo | null {
  const [name = "", suffix] = provider === "huggingface" ? upstream.split(":") : [upstream];
  const providerId = suffix === undefined ? (PACKAGE_IDS[provider] ?? provider) : `huggingface_${suffix}`;
  return findProvider({ providerId })?.models.find(({ match }) => matches(match, name)) ?? null;
}

function matches(rule: MatchLogic, name: string): boolean {
  const text = name.toLowerCase();
  if ("or" in rule) return rule.or.some((one) => matches(one, name));
  if ("and" in rule) return rule.and.every((one) => matches(one, name));
  if ("equals" in rule) return text === rule.equals.toLowerCase();
  if ("starts_with" in rule) return text.startsWith(rule.starts_with.toLowerCase());
  if ("ends_with" in rule) return text.endsWith(rule.ends_with.toLowerCase());
  if ("contains" in rule) return text.includes(rule.contains.toLowerCase());
  return new RegExp(rule.regex).test(name);
}

/** The package's own float result in USD, for the same usage: a second opinion, good to about 15 digits. */
export function packageFloatUsd(provider: string, upstream: string, units: UsageUnits, atMs: number): number | null {
  const cacheRead = units.cached_read ?? 0;
  const usage = {
    input_tokens: (units.input ?? 0) + cacheRead,
    cache_read_tokens: cacheRead,
    output_tokens: (units.output ?? 0) + (units.reasoning ?? 0),
  };
  return (
    calcPrice(usage, upstream, { providerId: PACKAGE_IDS[provider] ?? provider, timestamp: new Date(atMs) })
      ?.total_price ?? null
  );
}

function tierPrice(raw: RawPrice, wholeInput: number): number {
  if (typeof raw === "number") return raw;
  const reached = raw.tiers.filter(({ start }) => wholeInput > start).sort((one, other) => other.start - one.start);
  return reached[0]?.price ?? raw.base;
}

/** A decimal text, as JSON writes a number. */
export function fractionOf(decimal: string): Fraction {
  const [mantissa = "", exponent = "0"] = decimal.split("e");
  const [whole = "0", decimals = ""] = mantissa.split(".");
  const scale = decimals.length - Number(exponent);
  const digits = BigInt(whole + decimals);
  return scale >= 0
    ? { top: digits, bottom: 10n ** BigInt(scale) }
    : { top: digits * 10n ** BigInt(-scale), bottom: 1n };
}

export const plus = (one: Fraction, other: Fraction): Fraction => ({
  top: one.top * other.bottom + other.top * one.bottom,
  bottom: one.bottom * other.bottom,
});

export const times = ({ top, bottom }: Fraction, count: bigint): Fraction => ({ top: top * count, bottom });

/** USD as whole nano-USD, rounded up. */
export function nanoUp(usd: Fraction): bigint {
  const top = usd.top * NANO_PER_USD;
  return top / usd.bottom + (top % usd.bottom === 0n ? 0n : 1n);
}
