import { calcPrice } from "@pydantic/genai-prices";
import type { UsageUnits } from "#kernel";

/**
 * An independent computation of a cost: the package's own choice of entry (model, date, hour), its raw decimals read as
 * fractions, its own rule of tiers, and exact rational arithmetic. Shares no code with src/catalog or src/metering.
 */
interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

type RawPrice = number | { readonly base: number; readonly tiers: readonly { start: number; price: number }[] };

const NANO_PER_USD = 1_000_000_000n;
const TOKENS = 1_000_000n;

const PACKAGE_IDS: Readonly<Record<string, string>> = { xai: "x-ai" };
const KEYS: readonly (readonly [unit: keyof UsageUnits, keys: readonly string[]])[] = [
  ["input", ["input_mtok"]],
  ["cached_read", ["cache_read_mtok", "input_mtok"]],
  ["cache_write_5m", ["cache_write_mtok", "input_mtok"]],
  ["output", ["output_mtok"]],
  ["reasoning", ["output_reasoning_mtok", "output_mtok"]],
];

/** Nano-USD, rounded up once; null when the package has no such model or no price for a unit that was used. */
export function independentCostNano(
  provider: string,
  upstream: string,
  units: UsageUnits,
  atMs: number,
): bigint | null {
  const prices = rawPrices(provider, upstream, atMs);
  if (prices === null) return null;
  const whole = (units.input ?? 0) + (units.cached_read ?? 0) + (units.cache_write_5m ?? 0);
  let sum: Fraction = { top: 0n, bottom: 1n };
  for (const [unit, keys] of KEYS) {
    const count = units[unit] ?? 0;
    if (count === 0) continue;
    const raw = keys.map((key) => prices[key]).find((price) => price !== undefined);
    if (raw === undefined) return null;
    const usd = fractionOf(tierPrice(raw, whole));
    sum = add(sum, { top: usd.top * BigInt(count), bottom: usd.bottom * TOKENS });
  }
  const top = sum.top * NANO_PER_USD;
  return top / sum.bottom + (top % sum.bottom === 0n ? 0n : 1n);
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

function rawPrices(provider: string, upstream: string, atMs: number): Record<string, RawPrice | undefined> | null {
  const providerId = PACKAGE_IDS[provider] ?? provider;
  const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, upstream, { providerId, timestamp: new Date(atMs) });
  return found?.model_price ?? null;
}

function tierPrice(raw: RawPrice, wholeInput: number): number {
  if (typeof raw === "number") return raw;
  const reached = raw.tiers.filter(({ start }) => wholeInput > start).sort((one, other) => other.start - one.start);
  return reached[0]?.price ?? raw.base;
}

function fractionOf(literal: number): Fraction {
  const [mantissa = "", exponent = "0"] = literal.toString().split("e");
  const [whole = "0", decimals = ""] = mantissa.split(".");
  const scale = decimals.length - Number(exponent);
  const digits = BigInt(whole + decimals);
  return scale >= 0
    ? { top: digits, bottom: 10n ** BigInt(scale) }
    : { top: digits * 10n ** BigInt(-scale), bottom: 1n };
}

function add(one: Fraction, other: Fraction): Fraction {
  return { top: one.top * other.bottom + other.top * one.bottom, bottom: one.bottom * other.bottom };
}
