import type { Format, FormatResult } from "../../format.ts";
import { unsupportedModel } from "./generate.ts";

const INPUT_LIMIT_TOKENS = 1_048_576;
const OUTPUT_LIMIT_TOKENS = 65_536;

/** `GET /models`, in Google's shape. */
export const listGeminiModels: Format = {
  method: "GET",
  path: "/models",
  read: (_, { models }) => answerWith({ models: models.map(describe) }),
};

/** `GET /models/{model}`. */
export const getGeminiModel: Format = {
  method: "GET",
  path: "/models/{model}",
  read(_, { models, parameters }) {
    const id = parameters["model"] ?? "";
    if (!models.includes(id)) return { ok: false, refusal: unsupportedModel(id, "generateContent") };
    return answerWith(describe(id));
  },
};

function answerWith(value: object): FormatResult {
  const text = JSON.stringify(value, null, 2);
  return { ok: true, texts: [], promptTokens: 0, answer: () => ({ kind: "json", render: () => text }) };
}

const describe = (id: string) => ({
  name: `models/${id}`,
  version: "001",
  displayName: id,
  inputTokenLimit: INPUT_LIMIT_TOKENS,
  outputTokenLimit: OUTPUT_LIMIT_TOKENS,
  supportedGenerationMethods: methodsOf(id),
});

function methodsOf(id: string): readonly string[] {
  if (id.startsWith("imagen")) return ["predict"];
  return id.includes("embedding") ? ["embedContent", "countTokens"] : ["generateContent", "countTokens"];
}
