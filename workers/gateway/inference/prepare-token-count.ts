import type { ClientCodec, RouteHints } from "#wire";
import { encodeTokenCount, readTokenCount } from "#wire";
import { NOTHING_DELIVERED } from "./nothing-delivered.ts";
import type { PreparedCall, WholeAnswer } from "./prepared-call.ts";
import { sizeOf } from "./prepare-text.ts";

/**
 * Reads a request to count tokens. A provider that counts in the caller's format is asked; for others the gateway
 * estimates, without a call. Either is admitted like any call, and free.
 */
export function prepareTokenCount(client: ClientCodec, hints: RouteHints): (text: string) => PreparedCall {
  return (text) => {
    const request = client.parseRequest(text, hints);
    return {
      ...sizeOf(request),
      operation: "tokens.count",
      model: request.model,
      models: request.models,
      provider: request.provider,
      streamed: false,
      uses: request.uses,
      includeCost: false,
      stickyPrefix: () => null,
      providerCall: ({ upstreamModel }) => ({ operation: "tokens.count", upstreamModel, request }),
      createTap: () => {
        throw new RangeError("a count of tokens is never streamed");
      },
      readAnswer: (body) => ({
        ...COUNTED,
        summary: {
          ...NOTHING_DELIVERED,
          end: readTokenCount(client.format, body.text) === null ? "garbage" : "complete",
        },
        body: body.bytes,
      }),
      canAsk: (provider) => provider.countsTokensIn === client.format,
      answerLocally: () => ({ ...COUNTED, body: encodeTokenCount(client.format, request.estimateInputTokens()) }),
      encodeStreamError: (error, requestId) => client.encodeStreamError(error, requestId),
    };
  };
}

const COUNTED: WholeAnswer = {
  summary: { ...NOTHING_DELIVERED, end: "complete" },
  body: "",
  contentType: "application/json",
};
