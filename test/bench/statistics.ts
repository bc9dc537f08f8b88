/** Summaries of repeated measurements. Nothing here asserts a time: the bench reports, a reader judges. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * The value below which `fraction` (0 to 1) of the sorted values lie, by the nearest-rank method: always one of the
 * values measured, never an interpolation. Throws RangeError on an empty list.
 */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const rank = Math.max(1, Math.ceil(fraction * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError("no values to summarise");
  return value;
}

/** The middle value, or the mean of the two middle ones. Throws RangeError on an empty list. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  const lower = sorted.length % 2 === 0 ? sorted[middle - 1] : upper;
  if (upper === undefined || lower === undefined) throw new RangeError("no values to summarise");
  return (lower + upper) / 2;
}

/** Median, minimum and maximum over rounds. Throws RangeError on an empty list. */
export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * Ratios of two rows measured in the same rounds: each round is divided by its own reference, so that a slow minute of
 * the machine falls on both. Throws RangeError when the rounds do not pair up.
 */
export function ratioSpread(values: readonly number[], references: readonly number[]): Spread {
  if (values.length !== references.length) throw new RangeError("rounds do not pair up");
  return spread(
    values.map((value, round) => {
      const reference = references[round];
      if (reference === undefined || reference <= 0) throw new RangeError("a reference is not positive");
      return value / reference;
    }),
  );
}
