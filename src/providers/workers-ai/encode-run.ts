import type { ProviderCall, ProviderSettings, UpstreamRequest } from "../spec.ts";
import { decodeImages, encodeImages } from "./images.ts";
import { decodeRerank, encodeRerank } from "./rerank.ts";

/**
 * Operations that Cloudflare has no OpenAI-compatible endpoint for: the model is run by its own schema, below the same
 * account. Null for every other call. Source: Workers AI, "REST API".
 */
export function encodeRun(settings: ProviderSettings, call: ProviderCall): UpstreamRequest | null {
  if (call.operation === "rerank") {
    const body = encodeRerank(call.request);
    return { ...addressed(settings, call.upstreamModel), body: JSON.stringify(body), decodeAnswer: decodeRerank };
  }
  if (call.operation !== "images.generations") return null;
  const { body, droppedParams } = encodeImages(call.request);
  return {
    ...addressed(settings, call.upstreamModel),
    body: JSON.stringify(body),
    droppedParams,
    decodeAnswer: decodeImages,
  };
}

/** The base URL ends in `/ai/v1`, and models are run below `/ai/run`. No part of a model's name may change the path (G27). */
function addressed({ baseUrl, apiKey }: ProviderSettings, model: string) {
  const path = model.split("/").map(encodeURIComponent).join("/").replaceAll("%40", "@");
  return {
    url: `${baseUrl.replace(/\/v1$/, "")}/run/${path}`,
    headers: {
      "content-type": "application/json",
      accept: "application/json",
      ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    stream: false,
    codec: null,
    answerTypes: ["application/json"],
    droppedParams: [],
    dropUsageChunk: false,
  };
}
