/**
 * What a key or its organization allows a call to be routed to. Null: no rule. A request may tighten it, never loosen it
 * (design GATEWAY section 4).
 */
export interface RoutingPolicy {
  /** `deny`: no endpoint that may retain or train on what it is sent. Unknown counts as both. */
  readonly dataCollection: "deny" | null;
  /** Only endpoints that retain nothing. */
  readonly zdr: boolean;
  /** Regions in which the call may be processed; an endpoint whose region is unknown is outside all of them. */
  readonly regions: readonly string[] | null;
  /** Provider ids. */
  readonly providersOnly: readonly string[] | null;
  readonly providersIgnore: readonly string[] | null;
}
