import type { Refusal } from "../../format.ts";
import type { Provider } from "../../providers.ts";

const CREATED_SECONDS = 1_744_316_542;

/** `GET /models`: the provider's list in OpenAI's shape. */
export function listModels(provider: Provider): string {
  return JSON.stringify({ object: "list", data: provider.models.map((id) => describe(provider, id)) });
}

/** `GET /models/{id}`, or null when the provider has no such model. */
export function findModel(provider: Provider, id: string): string | null {
  return provider.models.includes(id) ? JSON.stringify(describe(provider, id)) : null;
}

export function modelNotFound(id: string): Refusal {
  return {
    status: 404,
    message: `The model '${id}' does not exist`,
    type: "invalid_request_error",
    param: "model",
    code: "model_not_found",
  };
}

const describe = (provider: Provider, id: string) => ({
  id,
  object: "model",
  created: CREATED_SECONDS,
  owned_by: provider.name === "openai" ? "system" : provider.name,
});
