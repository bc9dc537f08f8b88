/**
 * What a key or its organization allows a call to be routed to. Null: no rule. A request may tighten it, never loosen it
 * (design GATEWAY section 4).
 */
export interface RoutingPolicy {
  /**
   * `deny`: no endpoint that may train on what it is sent, or of whose retention nothing is known. One that keeps it for a
   * while to look into abuse is let pass; `zdr` refuses that too.
   */
  readonly dataCollection: "deny" | null;
  /** Only endpoints that retain nothing. */
  readonly zdr: boolean;
  /** Regions in which the call may be processed; an endpoint whose region is unknown is outside all of them. */
  readonly regions: readonly string[] | null;
  /** Provider ids. */
  readonly providersOnly: readonly string[] | null;
  readonly providersIgnore: readonly string[] | null;
}
