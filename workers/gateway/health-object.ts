import { DurableObject } from "cloudflare:workers";
import { breakerState, mergeDelta, mergeHistograms, parseHealthDeltas, UNKNOWN_HEALTH } from "#routing";
import type { BreakerBounds, EndpointHealth, HealthDelta, SharedHealth } from "#routing";
import { systemClock } from "../http/platform.ts";
import { readLimits } from "./settings.ts";

/** Endpoints of one provider that are remembered; the catalogue has fewer. */
const ENDPOINTS_MAX = 256;

/**
 * What all isolates together know of one provider's endpoints. Its name is the provider's id. Memory only: nothing waits
 * for it, and where it is lost the isolates fill it again within seconds.
 */
export class Health extends DurableObject<GatewayEnv> {
  readonly #table = new Map<string, EndpointHealth>();
  readonly #bounds: BreakerBounds;

  constructor(ctx: DurableObjectState, env: GatewayEnv) {
    super(ctx, env);
    this.#bounds = { openMaxMs: readLimits(env).breakerOpenMaxMs };
  }

  /** Adds what an isolate learned and answers with what all know. Null where it is malformed: nothing of it is taken. */
  merge(sent: readonly HealthDelta[]): readonly SharedHealth[] | null {
    const deltas = parseHealthDeltas(sent);
    if (deltas === null) return null;
    const nowMs = systemClock.nowMs();
    for (const delta of deltas) {
      const known = this.#table.get(delta.endpoint);
      if (!known && this.#table.size >= ENDPOINTS_MAX) continue;
      this.#table.set(delta.endpoint, mergeDelta(known ?? UNKNOWN_HEALTH, delta, nowMs, this.#bounds));
    }
    this.#forget(nowMs);
    return [...this.#table].map(([endpoint, health]) => ({ endpoint, health }));
  }

  /** Drops endpoints of which nothing of the last five minutes is known. */
  #forget(nowMs: number): void {
    for (const [endpoint, { breaker, ...timings }] of this.#table) {
      const firstByteMs = mergeHistograms(timings.firstByteMs, { slots: [] }, nowMs);
      const tokensPerSecond = mergeHistograms(timings.tokensPerSecond, { slots: [] }, nowMs);
      const isIdle = nowMs - breaker.windowStartMs >= this.#bounds.openMaxMs;
      const isQuiet = firstByteMs.slots.length === 0 && tokensPerSecond.slots.length === 0 && isIdle;
      if (isQuiet && breakerState(breaker, nowMs) !== "open") this.#table.delete(endpoint);
      else this.#table.set(endpoint, { breaker, firstByteMs, tokensPerSecond });
    }
  }
}
