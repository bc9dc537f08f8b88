import {
  partOf,
  USAGE_UNITS,
  ZERO_NANO,
  type NanoUsd,
  type Operation,
  type ReceiptFlag,
  type UsageUnit,
  type UsageUnits,
} from "#kernel";
import type { PriceSheet } from "#catalog";
import { exceedsMedia, mediaUnits } from "./media-units.ts";
import { mergePartial } from "./merge-partial.ts";
import { priceUnits, resolvePrice, withCallFee } from "./price-units.ts";
import { INPUT_UNITS, OUTPUT_UNITS, totalOf } from "./unit-groups.ts";

export interface MeasureQuestion {
  readonly operation: Operation;
  /** The sheet whose version the hold names. */
  readonly sheet: PriceSheet;
  /** The provider's list prices (no overrides) at the same instant; null where it has none, and then `sheet` stands for them. */
  readonly listSheet: PriceSheet | null;
  /** The provider's own figures. Null only where none came: zeros are figures (trap G13). */
  readonly usage: UsageUnits | null;
  /** From `estimateUnits`; used only without usage that can be believed. A function is called only then: counting takes time. */
  readonly estimate: UsageUnits | (() => UsageUnits);
  /** The call used the customer's own key at the provider: it pays this share of the price, in parts per million. Null: our key, the price. */
  readonly ownKeyFeePerMillion?: bigint | null;
  /** The caller hung up while the provider worked: the call is charged even where no output came. */
  readonly aborted: boolean;
  /** The answer did not come to its end: figures that it named on its way are not the last word. */
  readonly partial: boolean;
  /** The most input that the endpoint can read in one call; null where nobody knows. */
  readonly inputMaximum: number | null;
  /** What the upstream was allowed to produce, all choices together; null where nothing bounds it. */
  readonly outputMaximum: number | null;
  /** What a call that is neither text nor embeddings can use at most, as for its hold. */
  readonly mediaMost?: UsageUnits | undefined;
}

/** The part of a receipt that says what was used and what it costs; spread it into `ReceiptMeasure`. */
export interface Measure {
  readonly kind: "measured" | "estimated";
  readonly units: UsageUnits;
  readonly cost_nano: string;
  readonly upstream_cost_nano: string;
  readonly flags: readonly Extract<ReceiptFlag, "over_maximum">[];
  /** Usage came and was not believed: log it as a fault. */
  readonly disbelieved: boolean;
  /** Units that were used, have no price here and were therefore not charged: log them as a fault. */
  readonly unpriced: readonly UsageUnit[];
}

/** No call counts a billion of anything: such usage is a provider's fault, and would overflow what a ledger row holds. */
const PLAUSIBLE_COUNT_MAX = 1_000_000_000;

/** Providers overrun a maximum by a few tokens. What is this many times the maximum was counted by no tokenizer. */
const PLAUSIBLE_OUTPUT_MULTIPLE = 4;

/**
 * What a call used and costs. Measured figures go before estimates; a chat that produced no output token is free to the
 * caller whatever its input ("zero-completion" rule, GATEWAY section 5) unless the caller aborted it, while the upstream
 * cost stays what it is.
 * Usage that no call can have (negative, broken, a billion, more input than the endpoint can read, several times the
 * output maximum) is no usage: the estimate stands in, so that a settle never fails and no provider's slip empties a
 * wallet. Media that is told to be several times its bound is charged what was held, not the estimate: a sound file that
 * compresses well is longer than its bytes tell. Figures a little above the output maximum are charged as they are and
 * flagged (MONEY section 2: post the actual).
 */
export function measure(question: MeasureQuestion): Measure {
  const { operation, sheet, outputMaximum } = question;
  const verdict = question.usage === null ? "none" : judge(question.usage, question);
  const usage = verdict === "plausible" ? question.usage : null;
  const isMeasured = usage !== null && !question.partial;
  const units = withCallFee(isMeasured ? usage : unmeasured(verdict, usage, question), sheet);
  const outputTokens = totalOf(units, OUTPUT_UNITS);
  const isEmpty = yieldsOutput(operation) && outputTokens + (units.images ?? 0) === 0 && !question.aborted;
  const charged = priceKnownUnits(units, sheet);
  const { listSheet } = question;
  const isListPrice = listSheet === null || listSheet.prices === sheet.prices;
  const upstream = isListPrice ? charged : priceKnownUnits(units, listSheet);
  const ownKeyFee = question.ownKeyFeePerMillion ?? null;
  const isOver = verdict === "too_much" || (outputMaximum !== null && outputTokens > outputMaximum);
  return {
    kind: isMeasured ? "measured" : "estimated",
    units,
    cost_nano: String(
      isEmpty ? ZERO_NANO : ownKeyFee === null ? charged.costNano : partOf(charged.costNano, ownKeyFee),
    ),
    // With its own key the customer pays the provider, not we.
    upstream_cost_nano: String(ownKeyFee === null ? upstream.costNano : ZERO_NANO),
    flags: isOver ? ["over_maximum"] : [],
    disbelieved: verdict === "broken" || verdict === "too_much",
    unpriced: charged.unpriced,
  };
}

/** Operations of which nothing is left to pay for when no output came. Silence has an empty transcript, and speech is told by its bytes. */
const yieldsOutput = (operation: Operation): boolean =>
  operation === "chat.completions" || operation.startsWith("images.");

/** The estimate, raised to what a broken-off stream had already named; of media that was told to be too much, the most. */
function unmeasured(verdict: Verdict, usage: UsageUnits | null, question: MeasureQuestion): UsageUnits {
  const { sheet, estimate, outputMaximum, mediaMost } = question;
  if (verdict === "too_much" && mediaMost !== undefined) return mediaUnits(mediaMost, sheet);
  const units = typeof estimate === "function" ? estimate() : estimate;
  return usage === null ? units : mergePartial(usage, units, outputMaximum);
}

type Verdict = "none" | "plausible" | "broken" | "too_much";

function judge(usage: UsageUnits, { inputMaximum, outputMaximum, mediaMost }: MeasureQuestion): Verdict {
  const counts = countsOf(usage);
  if (!counts.every((count) => Number.isInteger(count) && count >= 0)) return "broken";
  // Weeks of silence fit in a sound file: of media, even this may be true.
  if (counts.some((count) => count > PLAUSIBLE_COUNT_MAX)) return mediaMost === undefined ? "broken" : "too_much";
  const isTooMuch =
    (mediaMost !== undefined && exceedsMedia(usage, mediaMost)) ||
    totalOf(usage, INPUT_UNITS) > (inputMaximum ?? Infinity) ||
    totalOf(usage, OUTPUT_UNITS) > (outputMaximum ?? Infinity) * PLAUSIBLE_OUTPUT_MULTIPLE;
  return isTooMuch ? "too_much" : "plausible";
}

const countsOf = (units: UsageUnits): readonly number[] => USAGE_UNITS.map((unit) => units[unit] ?? 0);

interface KnownCost {
  readonly costNano: NanoUsd;
  readonly unpriced: readonly UsageUnit[];
}

/** A settle must never fail: a unit nobody published a price for is set aside and named. */
function priceKnownUnits(units: UsageUnits, sheet: PriceSheet): KnownCost {
  const used = USAGE_UNITS.filter((unit) => (units[unit] ?? 0) > 0);
  const unpriced = used.filter((unit) => resolvePrice(unit, sheet) === null);
  const known: Partial<Record<UsageUnit, number>> = { ...units };
  for (const unit of unpriced) delete known[unit];
  const priced = priceUnits(known, sheet);
  if (!priced.ok) throw new RangeError("a unit with a price was refused as unpriced");
  return { costNano: priced.costNano, unpriced };
}
