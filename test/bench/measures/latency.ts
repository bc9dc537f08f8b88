import { HttpConnection } from "../http-connection.ts";
import { percentile } from "../statistics.ts";
import type { WholeTarget } from "../target.ts";

/** On a busy machine pairs take long: past this a round makes do with those it has, so that the run stays bounded. */
const LATENCY_MAX_MS = 2500;

export interface LatencyFigures {
  readonly directP50Ms: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** What the target adds: the difference of the two medians. */
  readonly addedP50Ms: number;
}

/**
 * Latency at concurrency 1 by a paired client: direct, target, direct, target, … on one keep-alive connection each, so
 * that whatever the machine does falls on both. The 99th percentile is of the raw requests to the target.
 */
export async function measureLatency(direct: WholeTarget, target: WholeTarget, pairs: number): Promise<LatencyFigures> {
  const toDirect = await HttpConnection.open(direct.destination.port);
  const toTarget = await HttpConnection.open(target.destination.port);
  const directMs: number[] = [];
  const targetMs: number[] = [];
  const endMs = performance.now() + LATENCY_MAX_MS;
  try {
    for (let pair = 0; pair < pairs && performance.now() < endMs; pair += 1) {
      directMs.push((await toDirect.exchange(direct.whole)).durationMs);
      targetMs.push((await toTarget.exchange(target.whole)).durationMs);
    }
  } finally {
    toDirect.close();
    toTarget.close();
  }
  const directP50Ms = percentile(directMs, 0.5);
  const p50Ms = percentile(targetMs, 0.5);
  return { directP50Ms, p50Ms, p99Ms: percentile(targetMs, 0.99), addedP50Ms: p50Ms - directP50Ms };
}
