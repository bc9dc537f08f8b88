import type { Call, Format, Refusal } from "../../format.ts";

const CREATED_SECONDS = 1_744_316_542;

/** `GET /models`: the provider's list in OpenAI's shape. */
export const listModels: Format = {
  method: "GET",
  path: "/models",
  read: (_, call) =>
    answerWith(JSON.stringify({ object: "list", data: call.models.map((id) => describe(call.provider, id)) })),
};

/** `GET /models/{id}`. */
export const findModel: Format = {
  method: "GET",
  path: "/models/{model}",
  read(_, { provider, models, parameters }) {
    const id = parameters["model"] ?? "";
    if (!models.includes(id)) return { ok: false, refusal: modelNotFound(id) };
    return answerWith(JSON.stringify(describe(provider, id)));
  },
};

const answerWith = (text: string) => ({
  ok: true as const,
  texts: [],
  promptTokens: 0,
  answer: () => ({ kind: "json" as const, render: () => text }),
});

const modelNotFound = (id: string): Refusal => ({
  status: 404,
  message: `The model '${id}' does not exist`,
  type: "invalid_request_error",
  param: "model",
  code: "model_not_found",
});

const describe = (provider: Call["provider"], id: string) => ({
  id,
  object: "model",
  created: CREATED_SECONDS,
  owned_by: provider === "openai" ? "system" : provider,
});
