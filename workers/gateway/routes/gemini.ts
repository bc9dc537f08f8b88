import { AppError } from "#kernel";
import { geminiClient } from "#wire";
import type { GatewayContext } from "../context.ts";
import { prepareText } from "../inference/prepare-text.ts";
import { prepareTokenCount } from "../inference/prepare-token-count.ts";
import { prepareEmbedContent } from "../inference/prepare-embed-content.ts";
import { runInference } from "../inference/run-inference.ts";

const METHODS = {
  generateContent: (model: string) => prepareText(geminiClient, { model, stream: false }),
  streamGenerateContent: (model: string) => prepareText(geminiClient, { model, stream: true }),
  countTokens: (model: string) => prepareTokenCount(geminiClient, { model, stream: false }),
  embedContent: (model: string) => prepareEmbedContent(model),
} as const;

/** `POST /v1beta/models/{model}:{method}`. Ids contain a slash, raw or as `%2F`; the method stands after the last colon. */
export async function callGemini(context: GatewayContext): Promise<Response> {
  const rest = context.req.param("rest") ?? "";
  const at = rest.lastIndexOf(":");
  const method = rest.slice(at + 1);
  if (at < 1 || !isMethod(method)) throw noMethod(context);
  if (method === "streamGenerateContent" && context.req.query("alt") !== "sse") {
    // Google then sends one JSON array, which no client of its own reads as a stream.
    throw new AppError("invalid_parameter", {
      param: "alt",
      params: { param: "alt", reason: "must be sse: streams are server-sent events here." },
    });
  }
  return runInference(context, METHODS[method](rest.slice(0, at)));
}

/** Below `/v1` the address without a method is a model's, which is read and not called. */
function noMethod(context: GatewayContext): AppError {
  if (!context.req.path.startsWith("/v1/models/")) return new AppError("not_found");
  context.header("Allow", "GET");
  return new AppError("method_not_allowed", { params: { method: context.req.method } });
}

const isMethod = (name: string): name is keyof typeof METHODS => Object.hasOwn(METHODS, name);
