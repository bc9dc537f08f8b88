import type { DataPolicy, Endpoint, Model } from "#catalog";
import type { RandomBytes } from "#kernel";
import { parseProviderPreferences, planRoute, UNKNOWN_HEALTH, type EndpointHealth, type RouteQuestion } from "#routing";

export const NOW_MS = 1_800_000_000_000;

export const zero: RandomBytes = (length) => new Uint8Array(length);
export const full: RandomBytes = (length) => new Uint8Array(length).fill(255);

/** Numbers that look drawn and are the same in every run (mulberry32). */
export function seededRandom(seed: number): RandomBytes {
  let state = seed;
  return (length) =>
    Uint8Array.from({ length }, () => {
      state = (state + 0x6d_2b_79_f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return (mixed ^ (mixed >>> 14)) & 255;
    });
}

export function endpointOf(
  provider: string,
  change: Partial<Endpoint> & { policy?: Partial<DataPolicy> } = {},
): Endpoint {
  const { policy, ...rest } = change;
  return {
    id: `${provider}/m`,
    provider,
    upstreamModel: "m",
    contextTokens: null,
    maxOutputTokens: null,
    prices: [],
    abort: "cancel",
    dataPolicy: { retention: "unknown", training: "unknown", regions: null, source: null, ...policy },
    ...rest,
  };
}

export function modelOf(endpoints: readonly Endpoint[], change: Partial<Model> = {}): Model {
  return {
    id: "maker/m",
    name: "M",
    aliases: [],
    operations: ["chat.completions"],
    input: ["text", "image"],
    output: ["text"],
    capabilities: ["tools"],
    endpoints,
    ...change,
  };
}

/** USD per million tokens, the same in and out. */
export const usd = (amount: number) => ({
  promptPico: BigInt(Math.round(amount * 1e12)),
  completionPico: BigInt(Math.round(amount * 1e12)),
  requestPico: null,
  imagePico: null,
});

interface PlanOptions extends Partial<Omit<RouteQuestion, "preferences" | "health">> {
  readonly provider?: unknown;
  readonly prices?: Readonly<Record<string, number>>;
  /** Where a call can meet a dearer one than `prices`. */
  readonly dearest?: Readonly<Record<string, number>>;
  readonly health?: Readonly<Record<string, EndpointHealth>>;
}

/** A plan for one model, with everything configured and priced at one dollar where a test says nothing else. */
export function planOf(endpoints: readonly Endpoint[], options: PlanOptions = {}) {
  const { provider, prices = {}, dearest = {}, health = {}, ...rest } = options;
  return planRoute({
    models: [modelOf(endpoints)],
    operation: "chat.completions",
    configured: () => true,
    stopped: () => false,
    preferences: parseProviderPreferences(provider),
    sort: null,
    needs: { capabilities: [], input: [], output: [] },
    price: (endpoint) => usd(prices[endpoint.provider] ?? 1),
    dearestPrice: (endpoint) => usd(dearest[endpoint.provider] ?? prices[endpoint.provider] ?? 1),
    health: (id) => health[id] ?? UNKNOWN_HEALTH,
    sticky: null,
    nowMs: NOW_MS,
    random: zero,
    ...rest,
  });
}

export const providersOf = ({ candidates }: { readonly candidates: readonly { readonly endpoint: Endpoint }[] }) =>
  candidates.map(({ endpoint }) => endpoint.provider);
