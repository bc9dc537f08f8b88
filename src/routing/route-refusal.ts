import { AppError } from "#kernel";
import type { Exclusion, ExclusionReason, RoutePlan } from "./plan-route.ts";

/** Reasons named in one message. */
const NAMED_MAX = 8;

const BY_POLICY: ReadonlySet<ExclusionReason> = new Set([
  "policy_provider",
  "policy_data_collection",
  "policy_zdr",
  "policy_region",
]);
const BY_SERVICE: ReadonlySet<ExclusionReason> = new Set(["not_configured", "unpriced"]);

/**
 * The error where a plan has no candidate left: whose rule it was, and which, endpoint by endpoint. A policy is never
 * relaxed, nor a wish (trap G24).
 */
export function routeRefusal(plan: RoutePlan, model: string): AppError {
  const { excluded, limited } = plan;
  // Whatever else was excluded: these would have done, and a wait is all that the call lacks.
  if (limited.length > 0) {
    return new AppError("upstream_rate_limited", { retryAfterMs: Math.min(...limited.map(({ waitMs }) => waitMs)) });
  }
  const has = (test: (reason: ExclusionReason) => boolean): boolean => excluded.some(({ reason }) => test(reason));
  if (has((reason) => BY_POLICY.has(reason))) {
    return new AppError("policy_denies_endpoints", { params: { model, reasons: reasonsOf(excluded) } });
  }
  if (has((reason) => !BY_SERVICE.has(reason))) {
    return new AppError("no_allowed_endpoint", { param: "provider", params: { model, reasons: reasonsOf(excluded) } });
  }
  if (has((reason) => reason === "unpriced")) {
    return new AppError("model_unpriced", { param: "model", params: { model, unit: "input" } });
  }
  return new AppError("model_unavailable", { params: { model } });
}

const reasonsOf = (excluded: readonly Exclusion[]): string =>
  excluded
    .filter(({ reason }) => !BY_SERVICE.has(reason))
    .slice(0, NAMED_MAX)
    .map(({ endpoint, reason }) => `${endpoint} (${reason.replace("policy_", "")})`)
    .join(", ");
