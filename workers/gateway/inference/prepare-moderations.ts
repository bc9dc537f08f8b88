import { parseModerationsRequest, readModerationsAnswer } from "#wire";
import { mediaCall, mediaSummary } from "./media-call.ts";
import type { PreparedCall } from "./prepared-call.ts";

/** What stands for a picture, should moderations ever have a price. */
const IMAGE_TOKENS = 1_024;

/** Reads the body of `POST /v1/moderations`. Throws AppError for what cannot be read. */
export function prepareModerations(text: string): PreparedCall {
  const request = parseModerationsRequest(text);
  return mediaCall({
    operation: "moderations",
    model: request.model,
    models: request.models,
    provider: request.provider,
    streamed: false,
    uses: request.images > 0 ? new Map([["image_input", "input"]]) : new Map(),
    media: {
      // No answer names usage: what was sent is what counts. An input of no words still needs a price.
      most: () => ({ input: Math.max(1, request.textBytes + request.images * IMAGE_TOKENS) }),
      likely: (delivered, aborted) =>
        delivered.events === 0 && !aborted
          ? {}
          : { input: request.estimateInputTokens() + request.images * IMAGE_TOKENS },
    },
    providerCall: ({ upstreamModel }) => ({ operation: "moderations", upstreamModel, request }),
    readAnswer: (body) => {
      const end = readModerationsAnswer(body.text);
      return {
        summary: mediaSummary({ end, usage: null }, end === "complete" ? 1 : 0),
        body: body.bytes,
        contentType: "application/json",
      };
    },
  });
}
