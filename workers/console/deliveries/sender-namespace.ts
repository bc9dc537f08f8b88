import type { DueEndpoint } from "#store";
import type { WebhookSenders } from "./dispatch-deliveries.ts";

/** The objects of the platform. Under workerd jurisdictions do not exist, so only production uses them. */
export function sendersOf(env: Pick<ConsoleEnv, "WEBHOOKS" | "ENVIRONMENT">): WebhookSenders {
  const stubOf = ({ id, region }: DueEndpoint) => {
    const underEuLaw = region === "e" && env.ENVIRONMENT === "production";
    const namespace = underEuLaw ? env.WEBHOOKS.jurisdiction("eu") : env.WEBHOOKS;
    return namespace.get(namespace.idFromName(id));
  };
  return {
    wake: (endpoint) => stubOf(endpoint).wake(endpoint.id),
    deliver: (endpoint) => stubOf(endpoint).deliver(endpoint.id),
  };
}
