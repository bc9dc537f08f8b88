import { costNano, formatUsd, nanoUsd, type UsageUnits } from "#kernel";
import { estimateInputTokens, mediaUnits, priceUnits, type MeteredHold } from "#metering";
import type { Target } from "../inference/lane.ts";
import { NOTHING_DELIVERED } from "../inference/nothing-delivered.ts";
import type { PreparedCall } from "../inference/prepared-call.ts";

/** Per choice: what the caller named, else what the endpoint can do. Null: nothing of it is metered output. */
export const outputTokens = ({ output }: Pick<MeteredHold, "output">): number | null =>
  output && Math.min(output.requested ?? output.maximum, output.maximum);

/** The most that a call can cost when nothing but the model and the caller limits it: what would be held. */
export function boundUsd(hold: MeteredHold): string {
  const tokens = outputTokens(hold);
  if (!hold.output || tokens === null) return formatUsd(hold.baseNano);
  const units = BigInt(tokens) * BigInt(hold.output.choices);
  return formatUsd(nanoUsd(hold.baseNano + costNano([{ units, price: hold.output.price }])));
}

/** The input that a call most likely counts, in tokens; null where it is not text that it is charged by. */
export function inputEstimate(call: PreparedCall, { endpoint }: Target): number | null {
  if (call.media) return null;
  const input = { ...call.input, estimatedTextTokens: call.estimateTextTokens() };
  return estimateInputTokens(call.operation, input, endpoint);
}

/**
 * What a call most likely costs at one endpoint when its output is as long as it may be. Null where the use cannot be
 * guessed before it is made (sound that is priced by its length), or has no price.
 */
export function estimateUsd(call: PreparedCall, target: Target, inputTokens: number | null): string | null {
  const units = inputTokens === null ? mediaEstimate(call, target) : textEstimate(call, target, inputTokens);
  const priced = units && priceUnits(units, target.sheet);
  return priced?.ok === true ? formatUsd(priced.costNano) : null;
}

function textEstimate(call: PreparedCall, { hold, sheet }: Target, input: number): UsageUnits {
  const output = (outputTokens(hold) ?? 0) * (hold.output?.choices ?? 1);
  return { input, output, searches: call.input.searches, ...(sheet.prices.calls ? { calls: 1 } : {}) };
}

/** As what a call used is guessed where no usage came, had everything come that was asked for. */
function mediaEstimate({ media }: PreparedCall, { endpoint, sheet }: Target): UsageUnits | null {
  if (!media) return null;
  const most = media.most(endpoint);
  const likely = media.likely({ ...NOTHING_DELIVERED.delivered, events: most.images ?? 1 }, true);
  const units = mediaUnits(likely, sheet);
  const isSoundUnknown = mediaUnits(most, sheet).audio_out !== undefined && (units.audio_out ?? 0) === 0;
  return isSoundUnknown ? null : { ...units, ...(sheet.prices.calls ? { calls: 1 } : {}) };
}
