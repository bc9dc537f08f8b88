import type { Capability, Endpoint, Modality, Model } from "#catalog";
import type { Operation, RandomBytes, RoutingPolicy } from "#kernel";
import { breakerState } from "./breaker.ts";
import type { EndpointHealth } from "./endpoint-health.ts";
import { orderCandidates } from "./order-candidates.ts";
import { policyFault } from "./policy-fault.ts";
import type { MaxPrice, ProviderPreferences, RouteSort } from "./preferences.ts";

/** Endpoints that one request may try. */
export const MAX_CANDIDATES = 8;

export interface Candidate {
  readonly model: Model;
  readonly endpoint: Endpoint;
}

/** What a request needs of whoever answers it. */
export interface RouteNeeds {
  readonly capabilities: readonly Capability[];
  readonly input: readonly Modality[];
  readonly output: readonly Modality[];
}

/** Prices of one endpoint now, in pico-USD per million tokens, per request and per image; null: it has no such price. */
export interface EndpointPrice {
  readonly promptPico: bigint | null;
  readonly completionPico: bigint | null;
  readonly requestPico: bigint | null;
  readonly imagePico: bigint | null;
}

export interface RouteQuestion {
  /** The caller's model, then its fallbacks. */
  readonly models: readonly Model[];
  readonly operation: Operation;
  readonly configured: (provider: string) => boolean;
  readonly preferences: ProviderPreferences;
  /** From the model's suffix; the `provider` object goes before it. */
  readonly sort: RouteSort | null;
  readonly needs: RouteNeeds;
  /** Null: nothing is known to price it by. */
  readonly price: (endpoint: Endpoint) => EndpointPrice | null;
  readonly health: (endpoint: string) => EndpointHealth;
  /** The endpoint that holds this prompt's cache. */
  readonly sticky: string | null;
  readonly nowMs: number;
  readonly random: RandomBytes;
}

/** Why an endpoint is out: by the request's own wishes, by the key's policy, or because it cannot serve. */
export type ExclusionReason =
  | "ignored"
  | "not_in_only"
  | "not_in_order"
  | "data_collection"
  | "zdr"
  | "region"
  | "quantization"
  | "max_price"
  | "parameters"
  | "policy_provider"
  | "policy_data_collection"
  | "policy_zdr"
  | "policy_region"
  | "not_configured"
  | "unpriced"
  | "modality"
  | "rate_limited";

export interface Exclusion {
  readonly endpoint: string;
  readonly reason: ExclusionReason;
}

/** Where a call may go, best first. It only ever shrinks (`applyPolicy`). */
export interface RoutePlan {
  readonly candidates: readonly Candidate[];
  readonly excluded: readonly Exclusion[];
  /** When the first endpoint that asked to be left alone may be called again; null where none did. */
  readonly retryAfterMs: number | null;
}

/** Chooses and orders the endpoints of a request. Nothing that the request excludes is ever put back (trap G24). */
export function planRoute(question: RouteQuestion): RoutePlan {
  const { health, nowMs } = question;
  const excluded: Exclusion[] = [];
  const usable: Candidate[] = [];
  const waitsMs: number[] = [];
  for (const model of question.models) {
    const fit: Candidate[] = [];
    for (const endpoint of model.endpoints) {
      const reason = faultOf({ model, endpoint }, question);
      if (reason === null) fit.push({ model, endpoint });
      else excluded.push({ endpoint: endpoint.id, reason });
      if (reason === "rate_limited") waitsMs.push(health(endpoint.id).breaker.limitedUntilMs - nowMs);
    }
    usable.push(...orderCandidates(fit, question));
  }
  // Endpoints that failed lately stand last, of whatever model: a fallback that works goes before a model that does not.
  const isOpen = ({ endpoint }: Candidate): boolean => breakerState(health(endpoint.id).breaker, nowMs) === "open";
  const candidates = [...usable.filter((one) => !isOpen(one)), ...usable.filter(isOpen)];
  const bound = question.preferences.allowFallbacks ? MAX_CANDIDATES : firstOnly(question);
  return {
    candidates: candidates.slice(0, bound),
    excluded,
    retryAfterMs: waitsMs.length === 0 ? null : Math.max(1, Math.min(...waitsMs)),
  };
}

/** Without fallbacks a caller's `order` is tried to its end, and nothing but the best without one. */
function firstOnly({ preferences }: RouteQuestion): number {
  return preferences.order ? preferences.order.length : 1;
}

/** Narrows a plan by what the key and its organization allow, which is known only once the call is admitted. */
export function applyPolicy(plan: RoutePlan, policy: RoutingPolicy): RoutePlan {
  const excluded = [...plan.excluded];
  const candidates = plan.candidates.filter(({ endpoint }) => {
    const reason = policyFault(endpoint, policy);
    if (reason !== null) excluded.push({ endpoint: endpoint.id, reason });
    return reason === null;
  });
  return { ...plan, candidates, excluded };
}

function faultOf({ model, endpoint }: Candidate, question: RouteQuestion): ExclusionReason | null {
  const { preferences, operation, needs, health, nowMs } = question;
  if (!question.configured(endpoint.provider)) return "not_configured";
  if (!(endpoint.operations ?? model.operations).includes(operation)) return "not_configured";
  const wish = wishFault(endpoint, preferences);
  if (wish !== null) return wish;
  const price = question.price(endpoint);
  if (price === null) return "unpriced";
  if (preferences.maxPrice && isTooDear(price, preferences.maxPrice)) return "max_price";
  const output = endpoint.output ?? model.output;
  if (!needs.output.every((modality) => output.includes(modality))) return "modality";
  if (preferences.requireParameters) {
    const capabilities = endpoint.capabilities ?? model.capabilities;
    const input = endpoint.input ?? model.input;
    if (!needs.capabilities.every((capability) => capabilities.includes(capability))) return "parameters";
    if (!needs.input.every((modality) => input.includes(modality))) return "parameters";
  }
  return nowMs < health(endpoint.id).breaker.limitedUntilMs ? "rate_limited" : null;
}

/** A name in a list is a provider's or an endpoint's. */
const isNamed = (names: readonly string[], { id, provider }: Endpoint): boolean =>
  names.includes(provider) || names.includes(id);

function wishFault(endpoint: Endpoint, preferences: ProviderPreferences): ExclusionReason | null {
  const { order, only, ignore, quantizations, regions } = preferences;
  if (ignore && isNamed(ignore, endpoint)) return "ignored";
  if (only && !isNamed(only, endpoint)) return "not_in_only";
  if (order && !preferences.allowFallbacks && !isNamed(order, endpoint)) return "not_in_order";
  if (quantizations && !quantizations.includes(endpoint.quantization ?? "unknown")) return "quantization";
  const fault = policyFault(endpoint, {
    dataCollection: preferences.dataCollection,
    zdr: preferences.zdr,
    regions,
    providersOnly: null,
    providersIgnore: null,
  });
  if (fault === "policy_data_collection") return "data_collection";
  if (fault === "policy_zdr") return "zdr";
  return fault === "policy_region" ? "region" : null;
}

function isTooDear(price: EndpointPrice, max: MaxPrice): boolean {
  const exceeds = (one: bigint | null, limit: bigint | null): boolean => limit !== null && one !== null && one > limit;
  return (
    exceeds(price.promptPico, max.promptPico) ||
    exceeds(price.completionPico, max.completionPico) ||
    exceeds(price.requestPico, max.requestPico) ||
    exceeds(price.imagePico, max.imagePico)
  );
}
