import { AppError } from "#kernel";
import type { Exclusion, ExclusionReason, RoutePlan } from "./plan-route.ts";

/** What an error's parameter holds without being cut. */
const REASONS_MAX_CHARACTERS = 128;

const BY_POLICY: ReadonlySet<ExclusionReason> = new Set([
  "policy_provider",
  "policy_data_collection",
  "policy_zdr",
  "policy_region",
]);
const BY_SERVICE: ReadonlySet<ExclusionReason> = new Set(["not_configured", "unpriced", "stopped"]);

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
  // It would have done, as far as is known before the key is: a stop is asked about last. When it is lifted nobody knows.
  if (has((reason) => reason === "stopped")) return new AppError("model_unavailable", { params: { model } });
  const byPolicy = excluded.filter(({ reason }) => BY_POLICY.has(reason));
  if (byPolicy.length > 0) {
    return new AppError("policy_denies_endpoints", { params: { model, reasons: reasonsOf(byPolicy) } });
  }
  if (has((reason) => !BY_SERVICE.has(reason))) {
    return new AppError("no_allowed_endpoint", { param: "provider", params: { model, reasons: reasonsOf(excluded) } });
  }
  if (has((reason) => reason === "unpriced")) {
    return new AppError("model_unpriced", { param: "model", params: { model, unit: "input" } });
  }
  return new AppError("model_unavailable", { params: { model } });
}

/** Each rule once before any of them twice, in whole words: an error's parameter is short. */
function reasonsOf(excluded: readonly Exclusion[]): string {
  const named = excluded.filter(({ reason }) => !BY_SERVICE.has(reason));
  const isFirst = (one: Exclusion): boolean => named.find(({ reason }) => reason === one.reason) === one;
  const [first = "", ...more] = [...named.filter(isFirst), ...named.filter((one) => !isFirst(one))].map(
    ({ endpoint, reason }) => `${endpoint} (${reason.replace("policy_", "")})`,
  );
  let text = first;
  for (const entry of more) if (text.length + entry.length + 2 <= REASONS_MAX_CHARACTERS) text += `, ${entry}`;
  return text;
}
