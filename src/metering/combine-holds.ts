import type { MeteredHold, MeteredOutput } from "./hold-request.ts";

/**
 * One hold for a call that any of several endpoints may answer: as dear as the dearest of them in each part, so that
 * whichever answers, what it costs was held. Throws RangeError for an empty list.
 */
export function combineHolds(holds: readonly MeteredHold[]): MeteredHold {
  const [first, ...others] = holds;
  if (!first) throw new RangeError("no hold to combine");
  return others.reduce(combineTwo, first);
}

function combineTwo(one: MeteredHold, other: MeteredHold): MeteredHold {
  return {
    baseNano: one.baseNano > other.baseNano ? one.baseNano : other.baseNano,
    inputTokens: Math.max(one.inputTokens, other.inputTokens),
    output: one.output && other.output ? combineOutputs(one.output, other.output) : (one.output ?? other.output),
  };
}

function combineOutputs(one: MeteredOutput, other: MeteredOutput): MeteredOutput {
  const isDearer = one.price.pico * other.price.per > other.price.pico * one.price.per;
  return {
    price: isDearer ? one.price : other.price,
    requested: one.requested,
    maximum: Math.max(one.maximum, other.maximum),
    minimum: Math.min(one.minimum, other.minimum),
    choices: one.choices,
    // One that hides output needs all of it held, whoever answers.
    slice: one.slice === null || other.slice === null ? null : Math.max(one.slice, other.slice),
  };
}
