import { encodeEmbedContentResponse, geminiClient, parseEmbedContentRequest } from "#wire";
import { embeddingsCall } from "./prepare-embeddings.ts";
import type { PreparedCall } from "./prepared-call.ts";

/** Reads the body of `:embedContent`: embeddings as Google's clients ask for them, from any model that makes them. */
export function prepareEmbedContent(model: string): (text: string) => PreparedCall {
  return (text) => {
    const call = embeddingsCall(parseEmbedContentRequest(text, model));
    return {
      ...call,
      readAnswer(body, upstream, context) {
        const answer = call.readAnswer(body, upstream, context);
        const encoded = encodeEmbedContentResponse(body.text);
        if (encoded === null) return { ...answer, summary: { ...answer.summary, end: "garbage" } };
        return { ...answer, body: encoded };
      },
      encodeStreamError: (error, requestId) => geminiClient.encodeStreamError(error, requestId),
    };
  };
}
