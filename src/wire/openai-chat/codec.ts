import type { ClientCodec, UpstreamCodec } from "../codec.ts";
import { createSseSource } from "../sse/event-source.ts";
import { addUsageCost } from "./add-usage-cost.ts";
import { decodeResponse } from "./decode-response.ts";
import { createDecoder } from "./decode-stream.ts";
import { encodeError, encodeStreamError } from "./encode-error.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { createEncoder } from "./encode-stream.ts";
import { OPENAI_CHAT_PARAMETERS } from "./parameters.ts";
import { parseChatRequest } from "./request.ts";
import { createChatStreamTap } from "./stream-tap.ts";

/** OpenAI's chat completions, as callers speak them. */
export const openAiChatClient: ClientCodec = {
  format: "openai-chat",
  parseRequest: parseChatRequest,
  createEncoder,
  encodeResponse,
  createTap: createChatStreamTap,
  addCost: addUsageCost,
  encodeError,
  encodeStreamError,
};

/** OpenAI's chat completions, as OpenAI and most others answer them. */
export const openAiChatUpstream: UpstreamCodec = {
  format: "openai-chat",
  parameters: OPENAI_CHAT_PARAMETERS,
  encodeRequest,
  createSource: createSseSource,
  createDecoder,
  decodeResponse,
};
