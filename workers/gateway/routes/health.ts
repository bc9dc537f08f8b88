import type { GatewayContext } from "../context.ts";

/** `GET /health`: the isolate runs and its configuration was read. It asks nobody else, so that a monitor measures only us. */
export function getHealth(context: GatewayContext): Response {
  return context.json({ status: "ok" });
}
