import { AppError } from "#kernel";
import {
  geminiUpstream,
  memberText,
  scanObject,
  spliceMembers,
  withoutForeignSignatures,
  type MemberEdits,
} from "#wire";
import { encodeText, type TextCall } from "../encode-text.ts";
import type { ProviderCall, ProviderSettings, UpstreamRequest } from "../spec.ts";
import { decodeEmbeddings, encodeEmbeddings } from "./embeddings.ts";
import { decodeImages, encodeImages, isImagen } from "./images.ts";

/** A request to the Gemini API. The model stands in the address, percent-encoded, so that no name of one adds a path (G27). */
export function encodeRequest(settings: ProviderSettings, call: ProviderCall): UpstreamRequest {
  switch (call.operation) {
    case "chat.completions": {
      const { stream } = call.request;
      const { body, droppedParams } = encodeText(geminiUpstream, call, () => sameFormatEdits(call));
      return {
        ...addressed(settings, call.upstreamModel, stream ? "streamGenerateContent?alt=sse" : "generateContent"),
        body,
        stream,
        codec: geminiUpstream,
        answerTypes: [stream ? "text/event-stream" : "application/json"],
        droppedParams,
        dropUsageChunk: false,
      };
    }
    case "tokens.count":
      return { ...addressed(settings, call.upstreamModel, "countTokens"), ...WHOLE, body: countBody(call) };
    case "embeddings":
      return {
        ...addressed(settings, call.upstreamModel, "batchEmbedContents"),
        ...WHOLE,
        body: JSON.stringify(encodeEmbeddings(call.request, call.upstreamModel)),
        decodeAnswer: (text) => decodeEmbeddings(text, call.request, call.upstreamModel),
      };
    case "images.generations": {
      const { request, upstreamModel } = call;
      const { body, droppedParams } = encodeImages(request, upstreamModel);
      return {
        ...addressed(settings, upstreamModel, isImagen(upstreamModel) ? "predict" : "generateContent"),
        ...WHOLE,
        body: JSON.stringify(body),
        droppedParams,
        decodeAnswer: (text) => decodeImages(text, upstreamModel),
      };
    }
    case "rerank":
    case "moderations":
    case "images.edits":
    case "images.variations":
    case "audio.speech":
    case "audio.transcriptions":
    case "audio.translations":
    default:
      throw new AppError("internal_error");
  }
}

const WHOLE = {
  stream: false,
  codec: null,
  answerTypes: ["application/json"],
  droppedParams: [],
  dropUsageChunk: false,
} as const;

function addressed({ baseUrl, apiKey }: ProviderSettings, model: string, method: string) {
  return {
    url: `${baseUrl}/models/${encodeURIComponent(model)}:${method}`,
    headers: {
      "content-type": "application/json",
      ...(apiKey === null ? {} : { "x-goog-api-key": apiKey }),
    },
  };
}

/** The output maximum that admission granted; neither the model, which stands in the address, nor what other providers signed. */
function sameFormatEdits(call: TextCall): MemberEdits {
  const { request, upstreamModel } = call;
  const outputTokens = "outputTokens" in call ? call.outputTokens : null;
  const edits = new Map<string, string | null>([["model", null]]);
  const contents = withoutForeignSignatures(request.object, upstreamModel);
  if (contents !== null) edits.set("contents", contents);
  if (outputTokens === null) return edits;
  const text = memberText(request.object, "generationConfig") ?? memberText(request.object, "generation_config");
  const config = scanObject(text ?? "{}") ?? scanObject("{}");
  if (!config) throw new AppError("internal_error");
  const maximum: MemberEdits = new Map([
    ["max_output_tokens", null],
    ["maxOutputTokens", String(outputTokens)],
  ]);
  edits.set("generation_config", null);
  edits.set("generationConfig", spliceMembers(config, maximum));
  return edits;
}

/** What counts is the conversation, as the model would read it. */
function countBody(call: TextCall): string {
  const { body } = encodeText(geminiUpstream, call, () => sameFormatEdits(call));
  return JSON.stringify({
    generateContentRequest: { ...readObject(body), model: `models/${call.upstreamModel}` },
  });
}

function readObject(text: string): object {
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null ? value : {};
}
