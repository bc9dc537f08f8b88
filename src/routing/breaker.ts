/** What an isolate knows of one endpoint's faults. Numbers only; merged over isolates by the Health object. */
export interface Breaker {
  /** Outcomes of the last window, and how many of them were faults of the endpoint. */
  readonly windowStartMs: number;
  readonly calls: number;
  readonly faults: number;
  /** While in the future the endpoint is not called; 0: closed. */
  readonly openUntilMs: number;
  /** Times it opened in a row: each makes the next wait longer. */
  readonly openings: number;
  /** A probe is under way until this time at the latest. */
  readonly probeUntilMs: number;
  /** The endpoint itself asked to be left alone until then (429 with `retry-after`). */
  readonly limitedUntilMs: number;
}

export const CLOSED: Breaker = {
  windowStartMs: 0,
  calls: 0,
  faults: 0,
  openUntilMs: 0,
  openings: 0,
  probeUntilMs: 0,
  limitedUntilMs: 0,
};

/** `half-open`: its wait is over, and one call may find out. */
export type BreakerState = "closed" | "open" | "half-open";

export const WINDOW_MS = 30_000;
/** Fewer calls than this in a window say nothing. */
export const SAMPLES_MIN = 5;
/** More than half of a window's calls. */
export const FAULTS_SHARE = 0.5;
export const OPEN_BASE_MS = 5_000;
export const OPEN_MAX_MS = 5 * 60_000;
/** How long a probe keeps other calls away, should nobody hear of its end. */
export const PROBE_MS = 30_000;

export interface BreakerOutcome {
  readonly isFault: boolean;
  /** The endpoint limits us and says for how long. */
  readonly retryAfterMs: number | null;
}

/** Reads the state at an instant. */
export function breakerState(breaker: Breaker, nowMs: number): BreakerState {
  if (breaker.openUntilMs === 0) return "closed";
  if (nowMs < breaker.openUntilMs || nowMs < breaker.probeUntilMs) return "open";
  return "half-open";
}

/** A probe begins: until it ends, or its time is over, nobody else tries. */
export function beginProbe(breaker: Breaker, nowMs: number): Breaker {
  return { ...breaker, probeUntilMs: nowMs + PROBE_MS };
}

/** The longest that a breaker stays open; an operator may want less. */
export interface BreakerBounds {
  readonly openMaxMs: number;
}

/**
 * Takes one outcome. A good probe closes; a bad one, too many faults in a window, or a named wait open. What comes in
 * during the wait is mostly from calls that began before it: only a longer wait that the endpoint names counts.
 */
export function recordOutcome(
  breaker: Breaker,
  outcome: BreakerOutcome,
  nowMs: number,
  bounds: BreakerBounds = { openMaxMs: OPEN_MAX_MS },
): Breaker {
  const { isFault, retryAfterMs } = outcome;
  if (nowMs < breaker.openUntilMs)
    return retryAfterMs === null ? breaker : lengthen(breaker, nowMs, retryAfterMs, bounds);
  if (!isFault) return addCounts(breaker, { calls: 1, faults: 0 }, nowMs, bounds);
  if (retryAfterMs !== null || breaker.openUntilMs > 0) return open(breaker, nowMs, retryAfterMs, bounds);
  return addCounts(breaker, { calls: 1, faults: 1 }, nowMs, bounds);
}

/** Takes the outcomes of many calls at once, as a merge of isolates does. Any good one closes it; too many bad ones open it. */
export function addCounts(
  breaker: Breaker,
  { calls, faults }: { readonly calls: number; readonly faults: number },
  nowMs: number,
  bounds: BreakerBounds,
): Breaker {
  const isAnswering = breaker.openUntilMs > 0 && calls > faults;
  const current = isAnswering ? { ...CLOSED, windowStartMs: nowMs } : inWindow(breaker, nowMs);
  const next = { ...current, calls: current.calls + calls, faults: current.faults + faults };
  const isTooMany = next.calls >= SAMPLES_MIN && next.faults > next.calls * FAULTS_SHARE;
  return isTooMany ? open(next, nowMs, null, bounds) : next;
}

/** The share of faults in the present window, for the order of endpoints; 0 where nothing is known. */
export function faultShare(breaker: Breaker, nowMs: number): number {
  const { calls, faults } = inWindow(breaker, nowMs);
  return calls === 0 ? 0 : faults / calls;
}

/** The endpoint names a wait of its own while it is left alone already: one opening, as long as the longer of both. */
function lengthen(breaker: Breaker, nowMs: number, retryAfterMs: number, { openMaxMs }: BreakerBounds): Breaker {
  const untilMs = nowMs + Math.min(openMaxMs, retryAfterMs);
  return {
    ...breaker,
    openUntilMs: Math.max(breaker.openUntilMs, untilMs),
    limitedUntilMs: Math.max(breaker.limitedUntilMs, untilMs),
  };
}

function inWindow(breaker: Breaker, nowMs: number): Breaker {
  const isOver = nowMs - breaker.windowStartMs >= WINDOW_MS;
  return isOver ? { ...breaker, windowStartMs: nowMs, calls: 0, faults: 0 } : breaker;
}

/** Doublings beyond this change nothing: the longest wait is reached. */
const DOUBLINGS_MAX = 10;

function open(breaker: Breaker, nowMs: number, retryAfterMs: number | null, { openMaxMs }: BreakerBounds): Breaker {
  const backoffMs = OPEN_BASE_MS * 2 ** Math.min(breaker.openings, DOUBLINGS_MAX);
  const waitMs = Math.min(openMaxMs, retryAfterMs ?? backoffMs);
  return {
    limitedUntilMs: retryAfterMs === null ? breaker.limitedUntilMs : nowMs + waitMs,
    windowStartMs: nowMs,
    calls: 0,
    faults: 0,
    openUntilMs: nowMs + Math.max(1, waitMs),
    openings: breaker.openings + 1,
    probeUntilMs: 0,
  };
}
