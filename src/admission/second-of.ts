const SECOND_MS = 1_000;

/** The second of the clock that an instant lies in. */
export function secondOf(nowMs: number): number {
  return Math.floor(nowMs / SECOND_MS);
}
