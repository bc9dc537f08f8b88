import {
  costNano,
  ZERO_NANO,
  type NanoUsd,
  type Operation,
  type Price,
  type UsageUnit,
  type UsageUnits,
} from "#kernel";
import type { Endpoint, PriceSheet, TieredPrice } from "#catalog";
import { boundInputTokens, estimateInputTokens, type InputSize } from "./input-size.ts";
import { holdMedia } from "./media-units.ts";
import { resolvePrice } from "./price-units.ts";

/** What admission needs to open a hold: the same shape as admission's `HoldRequest`, which this module may not import. */
export interface MeteredHold {
  /** The bound of the input at its dearest, nano-USD. */
  readonly baseNano: NanoUsd;
  /** The bound of the input, for the tokens-per-minute window. */
  readonly inputTokens: number;
  readonly output: MeteredOutput | null;
}

export interface MeteredOutput {
  readonly price: Price;
  readonly requested: number | null;
  readonly maximum: number;
  readonly minimum: number;
  readonly choices: number;
  /** Output per choice that is held at first, and extended as it streams; null: all of it is held at once. */
  readonly slice: number | null;
}

export interface HoldQuestion {
  readonly operation: Operation;
  readonly endpoint: Pick<Endpoint, "contextTokens" | "maxOutputTokens" | "imageTokensMax">;
  readonly sheet: PriceSheet;
  readonly input: InputSize;
  /** What the caller named, per choice, or null. */
  readonly requestedOutput: number | null;
  readonly choices: number;
  /** The caller asked for sound, or pictures, as output. */
  readonly audioOutput: boolean;
  readonly imageOutput: boolean;
  /** All that the model says is seen as it streams: no reasoning can be hidden in what is billed. */
  readonly isVisible: boolean;
  /** A call that is neither text nor embeddings: what it can use at most, in every unit that a sheet may price. */
  readonly media?: UsageUnits | undefined;
}

/** The hold, or the unit that this call needs and the sheet does not price: refuse it then (trap G3). */
export type HoldAnswer =
  | { readonly ok: true; readonly hold: MeteredHold }
  | { readonly ok: false; readonly missing: UsageUnit };

/** A grant below this is not worth a call. */
const MINIMUM_USEFUL_OUTPUT_TOKENS = 16;
/** Asked of a model whose output maximum nobody knows when the caller names none: more could be refused as too much. */
const UNKNOWN_OUTPUT_TOKENS = 32_768;
const UNKNOWN_CONTEXT_TOKENS = 262_144;
/** Held at first of output that is seen as it streams, per choice: a short answer never needs more. Design MONEY section 2. */
const FIRST_SLICE_TOKENS = 1_024;

/**
 * Turns the size of a request into what it can cost at most. Input counts at the dearest price that any part of it could
 * have (a cache write costs more than plain input), output at the dearest of text, reasoning and, where asked for, sound,
 * each in the dearest tier that the bound can reach.
 */
export function holdRequest(question: HoldQuestion): HoldAnswer {
  const { operation, endpoint, sheet, input } = question;
  if (operation === "tokens.count") return { ok: true, hold: { baseNano: ZERO_NANO, inputTokens: 0, output: null } };
  if (question.media) return holdMedia(question.media, sheet);
  const inputTokens = boundInputTokens(operation, input, endpoint);
  const inputPrice = dearest(inputUnits(input), sheet, inputTokens);
  if (!inputPrice.ok) return inputPrice;
  const lines = [{ units: BigInt(inputTokens), price: inputPrice.price }];
  if (input.searches > 0) {
    const searchPrice = dearest(["searches"], sheet, inputTokens);
    if (!searchPrice.ok) return searchPrice;
    lines.push({ units: BigInt(input.searches), price: searchPrice.price });
  }
  if (sheet.prices.calls) lines.push({ units: 1n, price: sheet.prices.calls.base });
  const baseNano = costNano(lines);
  const estimated = Math.min(inputTokens, withMargin(estimateInputTokens(operation, input, endpoint)));
  if (operation !== "chat.completions") return { ok: true, hold: { baseNano, inputTokens, output: null } };
  const outputPrice = dearest(outputUnits(question), sheet, inputTokens);
  if (!outputPrice.ok) return outputPrice;
  const maximum = outputMaximum(question, inputTokens, estimated);
  const output: MeteredOutput = {
    price: outputPrice.price,
    requested: question.requestedOutput,
    maximum,
    minimum: Math.min(MINIMUM_USEFUL_OUTPUT_TOKENS, maximum),
    choices: question.choices,
    slice: isRolling(question) ? FIRST_SLICE_TOKENS : null,
  };
  return { ok: true, hold: { baseNano, inputTokens, output } };
}

/** Sound and pictures are billed by what they are, not by their bytes; what a search asks and finds is not shown. */
const isRolling = ({ isVisible, audioOutput, imageOutput, input }: HoldQuestion): boolean =>
  isVisible && !audioOutput && !imageOutput && input.searches === 0;

/** Units that the output of a call may count in. */
export function outputUnits({ audioOutput, imageOutput }: HoldQuestion): readonly UsageUnit[] {
  const units: UsageUnit[] = ["output", "reasoning"];
  if (audioOutput) units.push("audio_out");
  if (imageOutput) units.push("image_out");
  return units;
}

/** Units that the input of a call may count in. */
export function inputUnits(input: InputSize): readonly UsageUnit[] {
  const units: UsageUnit[] = ["input", "cached_read", "cache_write_5m", "cache_write_1h"];
  if (input.audios > 0) units.push("audio_in", "audio_cached_read");
  if (input.images > 0) units.push("image_in");
  return units;
}

type DearestPrice = { readonly ok: true; readonly price: Price } | { readonly ok: false; readonly missing: UsageUnit };

/** The dearest price that any of these units can have, in whatever tier so much input reaches. */
export function dearest(units: readonly UsageUnit[], sheet: PriceSheet, inputTokens: number): DearestPrice {
  let price: Price | null = null;
  for (const unit of units) {
    const tiered = resolvePrice(unit, sheet);
    if (tiered === null) return { ok: false, missing: unit };
    for (const candidate of reachable(tiered, inputTokens))
      if (price === null || isDearer(candidate, price)) price = candidate;
  }
  if (price === null) throw new RangeError("no unit to price");
  return { ok: true, price };
}

function reachable(tiered: TieredPrice, inputTokens: number): readonly Price[] {
  const tiers = tiered.tiers.filter((tier) => tier.fromInputTokens <= inputTokens);
  return [tiered.base, ...tiers.map((tier) => tier.price)];
}

const isDearer = (one: Price, other: Price): boolean => one.pico * other.per > other.pico * one.per;

/** A quarter more than the estimate, rounded up. */
const withMargin = (tokens: number): number => Math.ceil((tokens * 5) / 4);

/**
 * The most output to send upstream. A caller's own figure goes as it is, up to what the model can do. Where the caller
 * named none, ours must not be the reason for a refusal: input and output together have to fit the context window.
 */
function outputMaximum(question: HoldQuestion, boundTokens: number, estimatedTokens: number): number {
  const { contextTokens, maxOutputTokens } = question.endpoint;
  if (question.requestedOutput !== null) return maxOutputTokens ?? contextTokens ?? UNKNOWN_CONTEXT_TOKENS;
  const model = maxOutputTokens ?? UNKNOWN_OUTPUT_TOKENS;
  if (contextTokens === null) return model;
  // The bound may be several times the truth: half of what the estimate leaves is then the better guess.
  const room = Math.max(contextTokens - boundTokens, Math.floor((contextTokens - estimatedTokens) / 2));
  return Math.max(MINIMUM_USEFUL_OUTPUT_TOKENS, Math.min(model, room));
}
