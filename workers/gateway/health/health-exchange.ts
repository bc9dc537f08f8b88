import type { Clock } from "#kernel";
import { addValue, combineDeltas, NO_DELTA, recordDelta, type HealthDelta, type SharedHealth } from "#routing";
import type { HealthPort } from "./health-port.ts";

/** How often an isolate tells what it learned. */
export const EXCHANGE_MS = 10_000;
/** A message that is older than this was dropped with the request that carried it: its figures are told again. */
export const EXCHANGE_LOST_MS = 30_000;
/** Endpoints of one provider, and providers, that are told of; the catalogue has fewer. */
const ENDPOINTS_MAX = 256;
const PROVIDERS_MAX = 64;

interface Channel {
  readonly provider: string;
  unsent: Map<string, HealthDelta>;
  /** At most one message is under way. */
  sending: { readonly deltas: readonly HealthDelta[]; readonly sinceMs: number } | null;
  sentAtMs: number;
}

/** What this isolate has still to tell of each provider, and the telling. No request ever waits for it. */
export class HealthExchange {
  readonly #channels = new Map<string, Channel>();
  readonly #port: HealthPort;
  readonly #clock: Clock;

  constructor(port: HealthPort, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
  }

  recordOutcome(endpoint: string, ...[outcome, breakers]: RecordedOutcome): void {
    this.#change(endpoint, (delta) => recordDelta(delta, outcome, breakers, this.#clock.nowMs()));
  }

  recordThroughput(endpoint: string, tokensPerSecond: number): void {
    const nowMs = this.#clock.nowMs();
    this.#change(endpoint, (delta) => ({
      ...delta,
      tokensPerSecond: addValue(delta.tokensPerSecond, tokensPerSecond, nowMs),
    }));
  }

  /** What was learned of an endpoint since the last message. */
  unsent(endpoint: string): HealthDelta {
    return this.#channels.get(providerOf(endpoint))?.unsent.get(endpoint) ?? { endpoint, ...NO_DELTA };
  }

  /** Sends what is due. `keepAlive` holds the isolate for it, behind the answer of the request that came by. */
  run(keepAlive: (work: Promise<void>) => void, adopt: (table: readonly SharedHealth[]) => void): void {
    const nowMs = this.#clock.nowMs();
    for (const channel of this.#channels.values()) {
      if (channel.sending && nowMs - channel.sending.sinceMs >= EXCHANGE_LOST_MS) this.#takeBack(channel);
      const isDue = nowMs - channel.sentAtMs >= EXCHANGE_MS;
      if (isDue && channel.sending === null && channel.unsent.size > 0) keepAlive(this.#send(channel, adopt));
    }
  }

  async #send(channel: Channel, adopt: (table: readonly SharedHealth[]) => void): Promise<void> {
    const sending = { deltas: [...channel.unsent.values()], sinceMs: this.#clock.nowMs() };
    channel.sending = sending;
    channel.sentAtMs = sending.sinceMs;
    channel.unsent = new Map();
    const table = await this.#port(channel.provider, sending.deltas);
    if (channel.sending !== sending) return;
    if (table === null) return this.#takeBack(channel);
    channel.sending = null;
    adopt(table);
  }

  #takeBack(channel: Channel): void {
    const { sending, unsent } = channel;
    channel.sending = null;
    for (const older of sending?.deltas ?? []) {
      const newer = unsent.get(older.endpoint);
      unsent.set(older.endpoint, newer ? combineDeltas(older, newer, this.#clock.nowMs()) : older);
    }
  }

  #change(endpoint: string, change: (delta: HealthDelta) => HealthDelta): void {
    const provider = providerOf(endpoint);
    let channel = this.#channels.get(provider);
    if (!channel) {
      if (this.#channels.size >= PROVIDERS_MAX) return;
      channel = { provider, unsent: new Map(), sending: null, sentAtMs: 0 };
      this.#channels.set(provider, channel);
    }
    const known = channel.unsent.get(endpoint);
    if (!known && channel.unsent.size >= ENDPOINTS_MAX) return;
    channel.unsent.set(endpoint, change(known ?? { endpoint, ...NO_DELTA }));
  }
}

type RecordedOutcome = [outcome: Parameters<typeof recordDelta>[1], breakers: Parameters<typeof recordDelta>[2]];

/** An endpoint's id is `<provider>/<upstream model>`. */
const providerOf = (endpoint: string): string => endpoint.slice(0, endpoint.indexOf("/"));
