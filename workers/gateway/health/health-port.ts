import type { HealthDelta, SharedHealth } from "#routing";
import { withTimeout } from "../with-timeout.ts";
import type { Health } from "../health-object.ts";

/** Tells what this isolate learned of a provider's endpoints, and brings back what all know; null where nobody answered. */
export type HealthPort = (provider: string, deltas: readonly HealthDelta[]) => Promise<readonly SharedHealth[] | null>;

/** A stub belongs to the request that made it, so each call makes its own. Never rejects. */
export function healthPort(env: { readonly HEALTH: DurableObjectNamespace<Health> }, limitMs: number): HealthPort {
  return (provider, deltas) =>
    withTimeout((async () => await env.HEALTH.get(env.HEALTH.idFromName(provider)).merge(deltas))(), limitMs);
}
