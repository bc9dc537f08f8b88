import type { Operation, Price, UsageUnit } from "#kernel";
import type { AbortPolicy, Capability, DailyWindow, DataPolicy, DatedPrices, Modality, TieredPrice } from "./types.ts";

/**
 * The form of `generated/catalog.json`: one row per upstream model, prices as short text. `dev/catalog` writes it,
 * `catalog.ts` decodes it row by row when a model is first asked for, so that start-up pays only for the JSON.
 */
export interface EncodedCatalog {
  /** `<date of the last change>.<hash of everything but this field>`. */
  readonly version: string;
  /** Which build of the price package it was made from. */
  readonly package: string;
  readonly providers: Readonly<Record<string, EncodedProvider>>;
  /** What models can do, each combination once; rows name theirs by its index. */
  readonly traits: readonly EncodedTraits[];
  readonly models: readonly EncodedModel[];
}

export interface EncodedProvider {
  readonly abort: AbortPolicy;
  readonly dataPolicy: DataPolicy;
}

export interface EncodedTraits {
  readonly operations: readonly Operation[];
  readonly input: readonly Modality[];
  readonly output: readonly Modality[];
  readonly capabilities?: readonly Capability[];
}

/** One endpoint: a provider's upstream model. */
export interface EncodedModel {
  readonly provider: string;
  readonly upstream: string;
  /** Public id of the model that it serves; missing where that is `<provider>/<upstream>`. */
  readonly model?: string;
  /** Missing where it is the upstream name. */
  readonly name?: string;
  /** Other names of the whole model; only on the first row of a model. */
  readonly aliases?: readonly string[];
  /** The bare upstream name means this endpoint and nothing else. */
  readonly bare?: true;
  readonly traits: number;
  readonly context?: number;
  readonly maxOutput?: number;
  readonly imageTokens?: number;
  readonly quantization?: string;
  readonly reasonsWhenAsked?: true;
  /** Where the endpoint keeps content for longer than its provider does by default. */
  readonly retention?: DataPolicy["retention"];
  readonly prices: readonly EncodedDated[];
}

export interface EncodedDated {
  readonly from?: string;
  /** Milliseconds of the UTC day: from, until. */
  readonly daily?: readonly [number, number];
  readonly source?: { readonly url: string; readonly checked: string };
  readonly units: Readonly<Partial<Record<UsageUnit, string>>>;
}

/** Most prices are per million tokens, so that `per` is left out of their text. */
const DEFAULT_PER = 1_000_000n;

/** `pico[/per]`, then `;fromInputTokens:pico[/per]` for every tier: `2500000000000;272000:5000000000000`. */
function encodeTieredPrice(tiered: TieredPrice): string {
  const tiers = tiered.tiers.map(({ fromInputTokens, price }) => `;${fromInputTokens}:${encodePrice(price)}`);
  return encodePrice(tiered.base) + tiers.join("");
}

/** The inverse of `encodeTieredPrice`. Throws RangeError on anything else: generated data is checked where it is made. */
function decodeTieredPrice(text: string): TieredPrice {
  const [base = "", ...tiers] = text.split(";");
  return {
    base: decodePrice(base),
    tiers: tiers.map((tier) => {
      const match = /^(\d{1,12}):(.+)$/.exec(tier);
      if (!match) throw new RangeError("malformed price tier");
      return { fromInputTokens: Number(match[1]), price: decodePrice(match[2] ?? "") };
    }),
  };
}

/** One dated entry of a row as the catalogue's own type. */
export function decodeDated(dated: EncodedDated): DatedPrices {
  const prices: Partial<Record<UsageUnit, TieredPrice>> = {};
  for (const [unit, text] of unitEntries(dated.units)) prices[unit] = decodeTieredPrice(text);
  return {
    from: dated.from ?? null,
    daily: dated.daily && { fromMs: dated.daily[0], untilMs: dated.daily[1] },
    prices,
    source: dated.source ?? null,
  };
}

/** The inverse of `decodeDated`; used by the generator and by the round-trip test. */
export function encodeDated(dated: DatedPrices): EncodedDated {
  const units: Partial<Record<UsageUnit, string>> = {};
  for (const [unit, tiered] of unitEntries(dated.prices)) units[unit] = encodeTieredPrice(tiered);
  return {
    ...(dated.from === null ? {} : { from: dated.from }),
    ...(dated.daily ? { daily: encodeWindow(dated.daily) } : {}),
    ...(dated.source ? { source: dated.source } : {}),
    units,
  };
}

/** The entries of a record keyed by usage unit, with missing values left out and the key's type kept. */
export function unitEntries<Value>(record: Readonly<Partial<Record<UsageUnit, Value>>>): [UsageUnit, Value][] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the record's declared keys are the usage units, and only present values are kept
  return Object.entries(record).filter(([, value]) => value !== undefined) as [UsageUnit, Value][];
}

const encodeWindow = (window: DailyWindow): readonly [number, number] => [window.fromMs, window.untilMs];

function encodePrice(price: Price): string {
  return price.per === DEFAULT_PER ? String(price.pico) : `${price.pico}/${price.per}`;
}

function decodePrice(text: string): Price {
  const match = /^(\d{1,24})(?:\/(\d{1,24}))?$/.exec(text);
  if (!match) throw new RangeError("malformed price");
  return { pico: BigInt(match[1] ?? ""), per: match[2] === undefined ? DEFAULT_PER : BigInt(match[2]) };
}
