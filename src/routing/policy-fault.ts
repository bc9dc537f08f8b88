import type { Endpoint } from "#catalog";
import type { RoutingPolicy } from "#kernel";

export type PolicyFault = "policy_provider" | "policy_data_collection" | "policy_zdr" | "policy_region";

/**
 * Why a policy forbids an endpoint; null where it does not. What a provider does not say counts as the worst that it
 * could do: it retains, it trains, it is in no region (design GATEWAY section 4).
 */
export function policyFault({ id, provider, dataPolicy }: Endpoint, policy: RoutingPolicy): PolicyFault | null {
  const isNamed = (names: readonly string[]): boolean => names.includes(provider) || names.includes(id);
  if (policy.providersIgnore && isNamed(policy.providersIgnore)) return "policy_provider";
  if (policy.providersOnly && !isNamed(policy.providersOnly)) return "policy_provider";
  const { retention, training, regions } = dataPolicy;
  const isCollected = training !== "never" || retention === "unknown";
  if (policy.dataCollection === "deny" && isCollected) return "policy_data_collection";
  if (policy.zdr && retention !== "none") return "policy_zdr";
  const wanted = policy.regions;
  if (wanted && !(regions ?? []).every((region) => wanted.includes(region))) return "policy_region";
  return wanted && (regions ?? []).length === 0 ? "policy_region" : null;
}
