/**
 * How long things took, over the last five minutes, in few numbers that isolates can add up: buckets at powers of the
 * root of two, in slots of thirty seconds.
 */
export interface Histogram {
  readonly slots: readonly Slot[];
}

export interface Slot {
  readonly startMs: number;
  /** Counts by bucket. */
  readonly counts: readonly number[];
}

export const SLOT_MS = 30_000;
export const SLOTS_MAX = 10;
export const BUCKETS = 48;

export const EMPTY: Histogram = { slots: [] };

/** Adds one value of at least 0. Values beyond the last bucket (over 13 million) count in it. */
export function addValue(histogram: Histogram, value: number, nowMs: number): Histogram {
  const startMs = Math.floor(nowMs / SLOT_MS) * SLOT_MS;
  const counts = Array.from({ length: BUCKETS }, (_, bucket) => (bucket === bucketOf(value) ? 1 : 0));
  return mergeHistograms(histogram, { slots: [{ startMs, counts }] }, nowMs);
}

/** Both together, without what is older than the five minutes. */
export function mergeHistograms(one: Histogram, other: Histogram, nowMs: number): Histogram {
  const slots = new Map<number, number[]>();
  for (const { startMs, counts } of [...one.slots, ...other.slots]) {
    if (nowMs - startMs >= SLOT_MS * SLOTS_MAX || startMs > nowMs) continue;
    const sum = slots.get(startMs) ?? Array.from({ length: BUCKETS }, () => 0);
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) sum[bucket] = (sum[bucket] ?? 0) + (counts[bucket] ?? 0);
    slots.set(startMs, sum);
  }
  return { slots: [...slots].map(([startMs, counts]) => ({ startMs, counts })) };
}

/** The value below which the share of all lies, within a bucket's width; null where there is none. */
export function percentile(histogram: Histogram, share: number, nowMs: number): number | null {
  const { slots } = mergeHistograms(histogram, EMPTY, nowMs);
  const counts = Array.from({ length: BUCKETS }, (_, bucket) =>
    slots.reduce((sum, slot) => sum + (slot.counts[bucket] ?? 0), 0),
  );
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let left = share * total;
  for (const [bucket, count] of counts.entries()) {
    left -= count;
    if (left <= 0) return upperOf(bucket);
  }
  return upperOf(BUCKETS - 1);
}

function bucketOf(value: number): number {
  if (value < 1) return 0;
  return Math.min(BUCKETS - 1, Math.floor(Math.log2(value) * 2) + 1);
}

const upperOf = (bucket: number): number => 2 ** (bucket / 2);
