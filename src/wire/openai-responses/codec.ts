import type { ClientCodec, UpstreamCodec } from "../codec.ts";
import { encodeError } from "../openai-chat/encode-error.ts";
import { createPassTap } from "../pass-tap.ts";
import { createSseSource } from "../sse/event-source.ts";
import { addCost } from "./add-cost.ts";
import { createCloser } from "./close-stream.ts";
import { decodeResponse } from "./decode-response.ts";
import { createDecoder } from "./decode-stream.ts";
import { encodeStreamError } from "./encode-error.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { createEncoder } from "./encode-stream.ts";
import { RESPONSES_PARAMETERS } from "./parameters.ts";
import { parseResponsesRequest } from "./request.ts";

/** OpenAI's Responses, as callers speak them. */
export const openAiResponsesClient: ClientCodec = {
  format: "openai-responses",
  parseRequest: parseResponsesRequest,
  createEncoder,
  encodeResponse,
  createTap: (options) => createPassTap({ decoder: createDecoder(), options, addCost, createCloser }),
  addCost,
  encodeError,
  encodeStreamError,
};

/** OpenAI's Responses, as OpenAI answers them. */
export const openAiResponsesUpstream: UpstreamCodec = {
  format: "openai-responses",
  parameters: RESPONSES_PARAMETERS,
  encodeRequest,
  createSource: createSseSource,
  createDecoder,
  decodeResponse,
};
