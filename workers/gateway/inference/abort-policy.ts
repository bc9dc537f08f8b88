import type { AbortPolicy, Endpoint, Model } from "#catalog";

/**
 * What happens upstream when the client leaves. A reasoning model bills tokens that nobody is shown: only its usage tells
 * how many, so its call is read on for that figure also where the provider would stop at once.
 */
export function abortPolicyOf(model: Pick<Model, "capabilities">, endpoint: Pick<Endpoint, "abort">): AbortPolicy {
  return model.capabilities.includes("reasoning") ? "drain" : endpoint.abort;
}
