import type { Clock } from "#kernel";
import {
  beginProbe,
  breakerState,
  mergeHistograms,
  recordHealth,
  recordThroughput,
  UNKNOWN_HEALTH,
  type BreakerBounds,
  type EndpointHealth,
  type HealthOutcome,
  type SharedHealth,
} from "#routing";
import { HealthExchange } from "./health/health-exchange.ts";
import type { HealthPort } from "./health/health-port.ts";

/** Endpoints remembered per isolate; the catalogue has a few hundred. */
const ENDPOINTS_MAX = 2_000;

/**
 * What this isolate knows of the endpoints' health, with what it heard from others by the Health objects. Memory only:
 * losing it costs a few calls to learn it again, and without those objects it is only what the isolate saw itself.
 */
export class HealthStore {
  readonly #known = new Map<string, EndpointHealth>();
  readonly #clock: Clock;
  readonly #bounds: BreakerBounds;
  readonly #exchange: HealthExchange | null;

  /** `port` null: this isolate tells nobody. */
  constructor(clock: Clock, bounds: BreakerBounds, port: HealthPort | null = null) {
    this.#clock = clock;
    this.#bounds = bounds;
    this.#exchange = port && new HealthExchange(port, clock);
  }

  read(endpoint: string): EndpointHealth {
    return this.#known.get(endpoint) ?? UNKNOWN_HEALTH;
  }

  /** A call goes to the endpoint: where its breaker is half open, it is the probe, and others stay away meanwhile. */
  begin(endpoint: string): void {
    const health = this.read(endpoint);
    const nowMs = this.#clock.nowMs();
    if (breakerState(health.breaker, nowMs) !== "half-open") return;
    this.#write(endpoint, { ...health, breaker: beginProbe(health.breaker, nowMs) });
  }

  record(endpoint: string, outcome: HealthOutcome): void {
    if (outcome.type === "neutral") return;
    const before = this.read(endpoint);
    const after = recordHealth(before, outcome, this.#clock.nowMs(), this.#bounds);
    this.#write(endpoint, after);
    this.#exchange?.recordOutcome(endpoint, outcome, [before.breaker, after.breaker]);
  }

  recordThroughput(endpoint: string, tokensPerSecond: number): void {
    this.#write(endpoint, recordThroughput(this.read(endpoint), tokensPerSecond, this.#clock.nowMs()));
    this.#exchange?.recordThroughput(endpoint, tokensPerSecond);
  }

  /** Tells the others what this isolate learned, where it is time to, and hears from them. No request waits for it. */
  exchange(keepAlive: (work: Promise<void>) => void): void {
    this.#exchange?.run(keepAlive, (table) => {
      for (const shared of table) this.#adopt(shared);
    });
  }

  #adopt({ endpoint, health: shared }: SharedHealth): void {
    const { breaker } = this.read(endpoint);
    const unsent = this.#exchange?.unsent(endpoint);
    const nowMs = this.#clock.nowMs();
    const { openUntilMs, limitedUntilMs, openings } = shared.breaker;
    const isNews = openUntilMs > Math.max(nowMs, breaker.openUntilMs);
    this.#write(endpoint, {
      breaker: isNews ? { ...breaker, openUntilMs, limitedUntilMs, openings, probeUntilMs: 0 } : breaker,
      firstByteMs: mergeHistograms(shared.firstByteMs, unsent?.firstByteMs ?? { slots: [] }, nowMs),
      tokensPerSecond: mergeHistograms(shared.tokensPerSecond, unsent?.tokensPerSecond ?? { slots: [] }, nowMs),
    });
  }

  #write(endpoint: string, health: EndpointHealth): void {
    if (this.#known.size >= ENDPOINTS_MAX && !this.#known.has(endpoint)) this.#known.clear();
    this.#known.set(endpoint, health);
  }
}
