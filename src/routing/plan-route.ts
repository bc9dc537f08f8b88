import type { Capability, Endpoint, Modality, Model } from "#catalog";
import type { Operation, RandomBytes, RoutingPolicy } from "#kernel";
import { breakerState } from "./breaker.ts";
import type { EndpointHealth } from "./endpoint-health.ts";
import { orderCandidates } from "./order-candidates.ts";
import { policyFault } from "./policy-fault.ts";
import type { MaxPrice, ProviderPreferences, RouteSort } from "./preferences.ts";

/** Endpoints that one request may try. */
export const MAX_CANDIDATES = 8;
/** Endpoints that are planned before the key's policy is known: some may fall to it. */
export const MAX_PLANNED = 16;

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
  /** Operators keep calls from it. */
  readonly stopped: (endpoint: Endpoint) => boolean;
  readonly preferences: ProviderPreferences;
  /** From the model's suffix; the `provider` object goes before it. */
  readonly sort: RouteSort | null;
  readonly needs: RouteNeeds;
  /** Null: nothing is known to price it by. */
  readonly price: (endpoint: Endpoint) => EndpointPrice | null;
  /** The dearest that this call can meet there, tiers and cache writes included, rounded up; asked where a wish bounds it. */
  readonly dearestPrice: (endpoint: Endpoint) => EndpointPrice | null;
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
  | "stopped"
  | "unpriced"
  | "modality"
  | "capability";

export interface Exclusion {
  readonly endpoint: string;
  readonly reason: ExclusionReason;
}

/** Where a call may go, best first. It only ever shrinks (`applyPolicy`), so that a hold for all of it covers what is left. */
export interface RoutePlan {
  readonly candidates: readonly Candidate[];
  readonly excluded: readonly Exclusion[];
  /** Those of the candidates that asked our account to be left alone: how long still. A customer's own key may call them. */
  readonly limited: readonly { readonly endpoint: Endpoint; readonly waitMs: number }[];
  /** How many of the candidates may be tried, once the policy was applied. */
  readonly tries: number;
}

/** Chooses and orders the endpoints of a request. Nothing that the request excludes is ever put back (trap G24). */
export function planRoute(question: RouteQuestion): RoutePlan {
  const { health, nowMs, needs, preferences } = question;
  const excluded: Exclusion[] = [];
  const usable: Candidate[] = [];
  const limited: { endpoint: Endpoint; waitMs: number }[] = [];
  for (const model of question.models) {
    const fit: Candidate[] = [];
    for (const endpoint of model.endpoints) {
      const reason = faultOf({ model, endpoint }, question);
      if (reason === null) fit.push({ model, endpoint });
      else excluded.push({ endpoint: endpoint.id, reason });
    }
    // Facts of what a model can do have gaps: an endpoint that seems not able is left out only where another is.
    const able = fit.filter((candidate) => isAble(candidate, needs));
    for (const candidate of able.length > 0 ? fit : []) {
      if (!able.includes(candidate)) excluded.push({ endpoint: candidate.endpoint.id, reason: "capability" });
    }
    usable.push(...orderCandidates(able.length > 0 ? able : fit, question));
  }
  for (const { endpoint } of usable) {
    const waitMs = health(endpoint.id).breaker.limitedUntilMs - nowMs;
    if (waitMs > 0) limited.push({ endpoint, waitMs });
  }
  const isLimited = limitedTest(limited);
  // Endpoints that failed lately stand last, of whatever model: a fallback that works goes before a model that does not.
  const isOpen = ({ endpoint }: Candidate): boolean =>
    !isLimited(endpoint) && breakerState(health(endpoint.id).breaker, nowMs) === "open";
  const candidates = cutPlan([...usable.filter((one) => !isOpen(one)), ...usable.filter(isOpen)], isLimited);
  // Without fallbacks a caller's `order` is tried to its end, and nothing but the best without one.
  const tries = preferences.allowFallbacks || preferences.order ? MAX_CANDIDATES : 1;
  return { candidates, excluded, limited, tries };
}

/** The bound of a plan: whoever limits us gets only the room that the others leave, and keeps its place. */
function cutPlan(candidates: readonly Candidate[], isLimited: (endpoint: Endpoint) => boolean): readonly Candidate[] {
  let roomForFree = MAX_PLANNED;
  let roomForLimited = MAX_PLANNED - candidates.filter(({ endpoint }) => !isLimited(endpoint)).length;
  return candidates.filter(({ endpoint }) => (isLimited(endpoint) ? roomForLimited-- > 0 : roomForFree-- > 0));
}

/** Whether an endpoint asked our account to be left alone. */
export function limitedTest(limited: RoutePlan["limited"]): (endpoint: Endpoint) => boolean {
  const ids = new Set(limited.map(({ endpoint }) => endpoint.id));
  return ({ id }) => ids.has(id);
}

/**
 * Narrows a plan by what the key and its organization allow, which is known only once the call is admitted, and to what
 * may be tried: a bound before the policy could leave nothing that it allows. An endpoint that limits our account is
 * left to customers with a key of their own at its provider.
 */
export function applyPolicy(
  plan: RoutePlan,
  policy: RoutingPolicy,
  hasOwnKey: (provider: string) => boolean = () => false,
): RoutePlan {
  const excluded = [...plan.excluded];
  const isLimited = limitedTest(plan.limited);
  const allowed = plan.candidates.filter(({ endpoint }) => {
    const reason = policyFault(endpoint, policy);
    if (reason !== null) excluded.push({ endpoint: endpoint.id, reason });
    return reason === null;
  });
  const limited = plan.limited.filter(({ endpoint }) => policyFault(endpoint, policy) === null);
  const candidates = allowed.filter(({ endpoint }) => !isLimited(endpoint) || hasOwnKey(endpoint.provider));
  return { ...plan, candidates: candidates.slice(0, plan.tries), excluded, limited };
}

function faultOf({ model, endpoint }: Candidate, question: RouteQuestion): ExclusionReason | null {
  const { preferences, operation, needs } = question;
  if (!question.configured(endpoint.provider)) return "not_configured";
  if (!(endpoint.operations ?? model.operations).includes(operation)) return "not_configured";
  const wish = wishFault(endpoint, preferences);
  if (wish !== null) return wish;
  const price = question.price(endpoint);
  if (price === null) return "unpriced";
  if (preferences.maxPrice && isTooDear(question.dearestPrice(endpoint), preferences.maxPrice)) return "max_price";
  const output = endpoint.output ?? model.output;
  if (!needs.output.every((modality) => output.includes(modality))) return "modality";
  if (preferences.requireParameters && !isAble({ model, endpoint }, needs)) return "parameters";
  // Last: of what is stopped it is known that it would have done, but for the key's policy.
  return question.stopped(endpoint) ? "stopped" : null;
}

function isAble({ model, endpoint }: Candidate, needs: RouteNeeds): boolean {
  const capabilities = endpoint.capabilities ?? model.capabilities;
  const input = endpoint.input ?? model.input;
  return (
    needs.capabilities.every((capability) => capabilities.includes(capability)) &&
    needs.input.every((modality) => input.includes(modality))
  );
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

function isTooDear(price: EndpointPrice | null, max: MaxPrice): boolean {
  if (price === null) return true;
  const exceeds = (one: bigint | null, limit: bigint | null): boolean => limit !== null && one !== null && one > limit;
  return (
    exceeds(price.promptPico, max.promptPico) ||
    exceeds(price.completionPico, max.completionPico) ||
    exceeds(price.requestPico, max.requestPico) ||
    exceeds(price.imagePico, max.imagePico)
  );
}
