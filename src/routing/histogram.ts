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

/** Adds one value of at least 0. Values beyond the last bucket (over 8 million) count in it. */
export function addValue({ slots }: Histogram, value: number, nowMs: number): Histogram {
  const startMs = Math.floor(nowMs / SLOT_MS) * SLOT_MS;
  const counts = [...(slots.find((slot) => slot.startMs === startMs)?.counts ?? NO_COUNTS)];
  const bucket = bucketOf(value);
  counts[bucket] = (counts[bucket] ?? 0) + 1;
  const others = slots.filter((slot) => slot.startMs !== startMs && isLive(slot, nowMs));
  return { slots: [...others, { startMs, counts }] };
}

/** Both together, without what is older than the five minutes. */
export function mergeHistograms(one: Histogram, other: Histogram, nowMs: number): Histogram {
  const slots = new Map<number, number[]>();
  for (const { startMs, counts } of [...one.slots, ...other.slots]) {
    if (!isLive({ startMs }, nowMs)) continue;
    const sum = slots.get(startMs) ?? [...NO_COUNTS];
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

const NO_COUNTS: readonly number[] = Array.from({ length: BUCKETS }, () => 0);

const isLive = ({ startMs }: { readonly startMs: number }, nowMs: number): boolean =>
  startMs <= nowMs && nowMs - startMs < SLOT_MS * SLOTS_MAX;

function bucketOf(value: number): number {
  if (!(value >= 1)) return 0;
  return Math.min(BUCKETS - 1, Math.floor(Math.log2(value) * 2) + 1);
}

const upperOf = (bucket: number): number => 2 ** (bucket / 2);
