import type { UpstreamCodec } from "../codec.ts";
import { createSseSource } from "../sse/event-source.ts";
import { createDecoder, decodeResponse } from "./decode-answer.ts";
import { encodeRequest } from "./encode-request.ts";
import { COHERE_PARAMETERS } from "./parameters.ts";

/** Cohere's v2 chat. Nobody calls us in it. */
export const cohereUpstream: UpstreamCodec = {
  format: "cohere-chat",
  parameters: COHERE_PARAMETERS,
  encodeRequest,
  createSource: createSseSource,
  createDecoder,
  decodeResponse,
};
