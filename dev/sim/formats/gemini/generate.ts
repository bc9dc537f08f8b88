import { type Call, type Format, type FormatResult, type Refusal } from "../../format.ts";
import { type Framing, SSE } from "../../framing.ts";
import { checkToolDirective } from "../text-plan.ts";
import { checkRequest } from "./check-request.ts";
import { planGemini, wishOf } from "./plan.ts";
import { countPrompt, sumOf, textsOf } from "./prompt.ts";
import { readGenerate } from "./request.ts";
import { responseTemplate } from "./response.ts";
import { streamTemplate } from "./stream.ts";

/** `:generateContent`. */
export const generateContent: Format = {
  path: "/models/{model}:generateContent",
  read: (body, call) => readRequest(body, call, null),
};

/** `:streamGenerateContent`: server-sent events with `alt=sse`, else one JSON array that grows. */
export const streamGenerateContent: Format = {
  path: "/models/{model}:streamGenerateContent",
  read: (body, call) => readRequest(body, call, call.query.get("alt") === "sse" ? SSE : JSON_ARRAY),
};

const JSON_ARRAY: Framing = {
  contentType: "application/json; charset=UTF-8",
  frame: (events) => [...events.map((event, at) => `${at === 0 ? "[" : ",\r\n"}${event}`), "]"],
  frameBroken: (events) => events.map((event, at) => `${at === 0 ? "[" : ",\r\n"}${event}`),
};

const NOT_A_CHAT_MODEL = /^(?:gemini-embedding|text-embedding|imagen)/;

function readRequest(body: unknown, { parameters }: Call, framing: Framing | null): FormatResult {
  const model = parameters["model"] ?? "";
  if (NOT_A_CHAT_MODEL.test(model)) return { ok: false, refusal: unsupportedModel(model, "generateContent") };
  const read = readGenerate(body);
  if (!read.ok) return read;
  const request = read.value;
  const refusal = checkRequest(request, model);
  if (refusal !== null) return { ok: false, refusal };
  const prompt = countPrompt(request);
  return {
    ok: true,
    texts: textsOf(request),
    promptTokens: sumOf(prompt),
    answer(directives, seed) {
      const unknownTool = checkToolDirective(wishOf(request), directives);
      if (unknownTool !== null) return { kind: "refusal", refusal: unknownTool };
      const plan = planGemini(model, request, prompt, directives, seed);
      return framing === null
        ? { kind: "json", render: responseTemplate(plan) }
        : { kind: "stream", framing, render: streamTemplate(plan) };
    },
  };
}

export const unsupportedModel = (model: string, method: string): Refusal => ({
  status: 404,
  message: `models/${model} is not found for API version v1beta, or is not supported for ${method}. Call ListModels to see the list of available models and their supported methods.`,
  type: "NOT_FOUND",
  param: null,
  code: null,
});
