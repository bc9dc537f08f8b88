import type { Operation } from "#kernel";
import type { Endpoint, Model } from "#catalog";

/**
 * The endpoints of a model that can be tried for an operation, in the catalogue's order: those whose provider is configured
 * here. An order by price and health, and filters by data policy, join as functions over this list (design GATEWAY section 4).
 */
export function candidates(
  model: Model,
  operation: Operation,
  configured: { has(provider: string): boolean },
): readonly Endpoint[] {
  if (!model.operations.includes(operation)) return [];
  return model.endpoints.filter((endpoint) => configured.has(endpoint.provider));
}
