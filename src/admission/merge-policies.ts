import type { RoutingPolicy } from "#kernel";

/**
 * Two policies as one: of each pair of rules the stricter, lists of what is allowed as their intersection. An empty
 * intersection allows nothing; that is for routing to refuse.
 */
export function mergePolicies(
  one: RoutingPolicy | null | undefined,
  other: RoutingPolicy | null | undefined,
): RoutingPolicy {
  return {
    dataCollection: one?.dataCollection ?? other?.dataCollection ?? null,
    zdr: (one?.zdr ?? false) || (other?.zdr ?? false),
    regions: intersect(one?.regions, other?.regions),
    providersOnly: intersect(one?.providersOnly, other?.providersOnly),
    providersIgnore: unite(one?.providersIgnore, other?.providersIgnore),
  };
}

type List = readonly string[] | null | undefined;

/** What is on both lists; null, which allows all, where there is neither. */
export function intersect(one: List, other: List): readonly string[] | null {
  if (!one || !other) return one ?? other ?? null;
  return one.filter((item) => other.includes(item));
}

function unite(one: List, other: List): readonly string[] | null {
  if (!one || !other) return one ?? other ?? null;
  return [...new Set([...one, ...other])];
}
