import { AppError } from "#kernel";
import { cohereUpstream, type MemberEdits } from "#wire";
import { encodeText } from "../encode-text.ts";
import type { ProviderCall, ProviderSettings, UpstreamRequest } from "../spec.ts";
import { decodeEmbeddings, encodeEmbeddings } from "./embeddings.ts";
import { encodeRerank } from "./rerank.ts";

/** Nobody calls us in Cohere's chat: there is no text of a caller to edit. */
const NO_EDITS = (): MemberEdits => new Map();

/** A request to Cohere's v2 API. */
export function encodeRequest(settings: ProviderSettings, call: ProviderCall): UpstreamRequest {
  if (call.operation === "chat.completions") {
    const { stream } = call.request;
    const { body, droppedParams } = encodeText(cohereUpstream, call, NO_EDITS);
    return {
      ...addressed(settings, "/chat", stream),
      body,
      stream,
      codec: cohereUpstream,
      droppedParams,
    };
  }
  if (call.operation === "embeddings") {
    const { request, upstreamModel } = call;
    return {
      ...addressed(settings, "/embed", false),
      body: JSON.stringify(encodeEmbeddings(request, upstreamModel)),
      stream: false,
      codec: null,
      droppedParams: [],
      decodeAnswer: (text) => decodeEmbeddings(text, request, upstreamModel),
    };
  }
  if (call.operation === "rerank") {
    return {
      ...addressed(settings, "/rerank", false),
      body: JSON.stringify(encodeRerank(call.request, call.upstreamModel)),
      stream: false,
      codec: null,
      droppedParams: [],
    };
  }
  throw new AppError("internal_error");
}

function addressed({ baseUrl, apiKey }: ProviderSettings, path: string, stream: boolean) {
  const accept = stream ? "text/event-stream" : "application/json";
  return {
    url: baseUrl + path,
    headers: {
      "content-type": "application/json",
      accept,
      ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    answerTypes: [accept],
    dropUsageChunk: false,
  };
}
