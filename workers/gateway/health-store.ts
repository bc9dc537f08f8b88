import type { Clock } from "#kernel";
import {
  beginProbe,
  breakerState,
  recordHealth,
  recordThroughput,
  UNKNOWN_HEALTH,
  type BreakerBounds,
  type EndpointHealth,
  type HealthOutcome,
} from "#routing";

/** Endpoints remembered per isolate; the catalogue has a few hundred. */
const ENDPOINTS_MAX = 2_000;

/** What this isolate knows of the endpoints' health. Memory only: losing it costs a few calls to learn it again. */
export class HealthStore {
  readonly #known = new Map<string, EndpointHealth>();
  readonly #clock: Clock;
  readonly #bounds: BreakerBounds;

  constructor(clock: Clock, bounds: BreakerBounds) {
    this.#clock = clock;
    this.#bounds = bounds;
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
    this.#write(endpoint, recordHealth(this.read(endpoint), outcome, this.#clock.nowMs(), this.#bounds));
  }

  recordThroughput(endpoint: string, tokensPerSecond: number): void {
    this.#write(endpoint, recordThroughput(this.read(endpoint), tokensPerSecond, this.#clock.nowMs()));
  }

  #write(endpoint: string, health: EndpointHealth): void {
    if (this.#known.size >= ENDPOINTS_MAX && !this.#known.has(endpoint)) this.#known.clear();
    this.#known.set(endpoint, health);
  }
}
