import { findProvider, type ConditionalPrice, type ModelInfo, type ModelPrice } from "@pydantic/genai-prices";
import type { DailyWindow, DatedPrices, TieredPrice } from "../../src/catalog/types.ts";
import type { UsageUnit } from "../../src/kernel/index.ts";
import { decimalText, priceFromDecimal } from "./decimal.ts";
import { LEAVE_OUT, UNVERIFIED_COMMENT } from "./leave-out.ts";
import { KINDS, kindOf } from "./kinds.ts";
import { MORE_NAMES } from "./overlay.ts";
import { TAKEN } from "./taken.ts";

/** One name that an upstream answers to, with its prices. */
export interface PackageModel {
  readonly upstream: string;
  readonly name: string;
  readonly context: number | null;
  readonly prices: readonly DatedPrices[];
}

export interface PackageReading {
  readonly models: readonly PackageModel[];
  /** `<name>: <reason>` for every name left out. */
  readonly leftOut: readonly string[];
}

const MILLION = 1_000_000n;
const THOUSAND = 1_000n;
const HOUR_MS = 3_600_000n;

/** The package's price keys that are usage units here. Keys are `<what>_<per>`: `mtok` is a million tokens. */
const UNITS: Readonly<Record<string, { readonly unit: UsageUnit; readonly per: bigint }>> = {
  input_mtok: { unit: "input", per: MILLION },
  cache_read_mtok: { unit: "cached_read", per: MILLION },
  cache_write_mtok: { unit: "cache_write_5m", per: MILLION },
  cache_write_1h_mtok: { unit: "cache_write_1h", per: MILLION },
  output_mtok: { unit: "output", per: MILLION },
  output_reasoning_mtok: { unit: "reasoning", per: MILLION },
  input_audio_mtok: { unit: "audio_in", per: MILLION },
  cache_audio_read_mtok: { unit: "audio_cached_read", per: MILLION },
  output_audio_mtok: { unit: "audio_out", per: MILLION },
  input_image_mtok: { unit: "image_in", per: MILLION },
  output_image_mtok: { unit: "image_out", per: MILLION },
  web_searches_kcount: { unit: "searches", per: THOUSAND },
  requests_kcount: { unit: "calls", per: THOUSAND },
  audio_hours: { unit: "audio_ms", per: HOUR_MS },
};

/**
 * Keys with no unit of ours: searches in files and video are features that our endpoints do not offer, cached image
 * tokens are counted (and charged) as image tokens, and `input_audio_hours` repeats `audio_hours`. An unknown key stops
 * the run instead.
 */
const IGNORED_KEYS: ReadonlySet<string> = new Set([
  "storage_searches_kcount",
  "cache_image_read_mtok",
  "input_audio_hours",
  "input_video_mtok",
]);

/** What the package says about one provider, as the names its API answers to. Throws when the package's form changed. */
export function readPackage(provider: string, packageId: string): PackageReading {
  const found = findProvider({ providerId: packageId });
  if (!found) throw new Error(`the price package has no provider ${packageId}`);
  const models: PackageModel[] = [];
  const leftOut: string[] = [];
  for (const info of found.models) {
    for (const upstream of namesOf(provider, packageId, info)) {
      const reason = reasonToLeaveOut(provider, upstream, info);
      if (reason === null) models.push(readModel(provider, info, upstream));
      else leftOut.push(`${provider}/${upstream}: ${reason}`);
    }
  }
  return { models: dropRepeats(models), leftOut };
}

/** The package's own id, the names it matches exactly, and those that we know it matches by pattern. */
function namesOf(provider: string, packageId: string, info: ModelInfo): readonly string[] {
  const taken = TAKEN[packageId];
  if (taken) return taken[info.id] ?? [];
  const exact = "or" in info.match ? info.match.or : [info.match];
  const names = exact.flatMap((match) => ("equals" in match ? [match.equals] : []));
  const byPattern = exact.some((match) => "starts_with" in match && info.id.startsWith(match.starts_with));
  const own = byPattern ? [info.id] : [];
  return [...new Set([...own, ...names, ...(MORE_NAMES[`${provider}/${info.id}`] ?? [])])];
}

function reasonToLeaveOut(provider: string, upstream: string, info: ModelInfo): string | null {
  const rule = LEAVE_OUT.find((candidate) => candidate.provider === provider && candidate.pattern.test(upstream));
  if (rule) return rule.reason;
  if (info.deprecated) return "marked deprecated by the package";
  if (UNVERIFIED_COMMENT.test(info.price_comments ?? "")) return "its price is a reseller's";
  const [first] = conditionalPrices(info);
  const units = new Set(Object.keys(first?.prices ?? {}).map((key) => UNITS[key]?.unit));
  const priced = KINDS[kindOf(provider, upstream)].needs.some((set) => set.every((unit) => units.has(unit)));
  return priced ? null : "no price for what it is called for";
}

function readModel(provider: string, info: ModelInfo, upstream: string): PackageModel {
  const withoutOutput = kindOf(provider, upstream) === "embeddings";
  let from: string | null = null;
  const prices: DatedPrices[] = [];
  for (const { constraint, prices: raw } of conditionalPrices(info)) {
    // A daily window carries no date of its own: it belongs to the dated price that it stands after.
    let daily: DailyWindow | undefined;
    if (constraint?.type === "start_date") from = new Date(constraint.start_date).toISOString();
    else if (constraint)
      daily = { fromMs: timeOfDayMs(constraint.start_time), untilMs: timeOfDayMs(constraint.end_time) };
    prices.push({ from, daily, prices: readPrices(raw, upstream, withoutOutput), source: null });
  }
  return { upstream, name: nameOf(info, upstream), context: info.context_window ?? null, prices };
}

function conditionalPrices(info: ModelInfo): readonly ConditionalPrice[] {
  return Array.isArray(info.prices) ? info.prices : [{ prices: info.prices }];
}

function readPrices(
  raw: ModelPrice,
  upstream: string,
  withoutOutput: boolean,
): Partial<Record<UsageUnit, TieredPrice>> {
  const prices: Partial<Record<UsageUnit, TieredPrice>> = {};
  for (const [key, value] of Object.entries(raw)) {
    if (value === undefined || IGNORED_KEYS.has(key)) continue;
    const known = UNITS[key];
    if (!known) throw new Error(`${upstream}: the package prices ${key}, which is no usage unit here`);
    // An embedding has no output; mistral-embed carries a price for it all the same.
    if (withoutOutput && known.unit === "output") continue;
    prices[known.unit] = readTiers(value, known.per);
  }
  return prices;
}

/** The package's tiers begin *above* `start`; ours begin at `fromInputTokens`. */
function readTiers(value: NonNullable<ModelPrice[string]>, per: bigint): TieredPrice {
  const read = (literal: number) => priceFromDecimal(decimalText(literal), per);
  if (typeof value === "number") return { base: read(value), tiers: [] };
  const tiers = value.tiers.map(({ start, price }) => ({ fromInputTokens: start + 1, price: read(price) }));
  return { base: read(value.base), tiers: tiers.sort((one, other) => one.fromInputTokens - other.fromInputTokens) };
}

function timeOfDayMs(text: string): number {
  const match = /^(\d\d):(\d\d):(\d\d)Z$/.exec(text);
  if (!match) throw new Error(`not a UTC time of day: ${text}`);
  return ((Number(match[1]) * 60 + Number(match[2])) * 60 + Number(match[3])) * 1000;
}

function nameOf(info: ModelInfo, upstream: string): string {
  return upstream === info.id && info.name ? info.name : upstream;
}

/** A name that two entries match is priced by the first, as the package itself does. */
function dropRepeats(models: readonly PackageModel[]): PackageModel[] {
  const seen = new Set<string>();
  return models.filter(({ upstream }) => !seen.has(upstream) && seen.add(upstream));
}
