import type { GatewayContext } from "../context.ts";

/** What is left of the request's whole time. The hold was opened later, so its sweep comes after this bound. */
export function leftMs(context: GatewayContext): number {
  const { clock, limits } = context.get("services");
  return Math.max(0, context.get("startedAtMs") + limits.requestMs - clock.nowMs());
}
