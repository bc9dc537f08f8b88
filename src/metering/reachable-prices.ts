import type { Price, UsageUnit, UsageUnits } from "#kernel";
import { dearest, inputUnits, outputUnits, type HoldQuestion } from "./hold-request.ts";
import { boundInputTokens } from "./input-size.ts";
import { mediaUnits } from "./media-units.ts";
import { INPUT_UNITS, OUTPUT_UNITS, totalOf } from "./unit-groups.ts";

/** The dearest prices that one call can meet at one endpoint; null: it meets none of that kind. */
export interface ReachablePrices {
  /** Of a token of its input. */
  readonly prompt: Price | null;
  /** Of a token of its output. */
  readonly completion: Price | null;
  /** Of the call itself, with every search that it may run. */
  readonly request: Price | null;
  /** Of a picture. */
  readonly image: Price | null;
}

/**
 * What the parts of a call can cost each at most, in the dearest tier that its input can reach, as its hold has it.
 * `marksCache`: the request asks the provider to keep some of its input.
 */
export function reachablePrices(question: HoldQuestion, marksCache: boolean): ReachablePrices {
  const { operation, endpoint, sheet, input } = question;
  const media = question.media && mediaUnits(question.media, sheet);
  const inputTokens = media ? totalOf(media, INPUT_UNITS) : boundInputTokens(operation, input, endpoint);
  const most = (units: readonly UsageUnit[]): Price | null => {
    if (units.length === 0) return null;
    const answer = dearest(units, sheet, inputTokens);
    return answer.ok ? answer.price : null;
  };
  // A cache that knows two lives is written where a marker says so (Anthropic's); any other may be by itself (OpenAI's).
  const isWritten = marksCache || sheet.prices.cache_write_1h === undefined;
  const read = inputUnits(input).filter((unit) => isWritten || !unit.startsWith("cache_write"));
  const searches = media ? (media.searches ?? 0) : input.searches;
  return {
    prompt: most(media ? usedOf(media, INPUT_UNITS) : read),
    completion: most(media ? usedOf(media, OUTPUT_UNITS) : outputUnits(question)),
    request: sum(most(["calls"]), searches > 0 ? times(most(["searches"]), searches) : null),
    image: most(["images"]),
  };
}

const usedOf = (units: UsageUnits, group: readonly UsageUnit[]): readonly UsageUnit[] =>
  group.filter((unit) => (units[unit] ?? 0) > 0);

const times = (price: Price | null, count: number): Price | null =>
  price && { pico: price.pico * BigInt(count), per: price.per };

function sum(one: Price | null, other: Price | null): Price | null {
  if (one === null || other === null) return one ?? other;
  return { pico: one.pico * other.per + other.pico * one.per, per: one.per * other.per };
}
