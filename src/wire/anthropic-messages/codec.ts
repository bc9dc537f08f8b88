import type { ClientCodec, UpstreamCodec } from "../codec.ts";
import { addUsageCost } from "../openai-chat/add-usage-cost.ts";
import { createPassTap } from "../pass-tap.ts";
import { createSseSource } from "../sse/event-source.ts";
import { createCloser } from "./close-stream.ts";
import { decodeResponse } from "./decode-response.ts";
import { createDecoder } from "./decode-stream.ts";
import { encodeError, encodeStreamError } from "./encode-error.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { createEncoder } from "./encode-stream.ts";
import { ANTHROPIC_PARAMETERS } from "./parameters.ts";
import { parseAnthropicRequest } from "./request.ts";

/** Anthropic's messages, as callers speak them. A message's `usage` stands where a chat completion's does, so its cost is written alike. */
export const anthropicClient: ClientCodec = {
  format: "anthropic-messages",
  parseRequest: parseAnthropicRequest,
  createEncoder,
  encodeResponse,
  createTap: (options) => createPassTap({ decoder: createDecoder(), options, addCost: addUsageCost, createCloser }),
  addCost: addUsageCost,
  encodeError,
  encodeStreamError,
};

/** Anthropic's messages, as Anthropic answers them. */
export const anthropicUpstream: UpstreamCodec = {
  format: "anthropic-messages",
  parameters: ANTHROPIC_PARAMETERS,
  encodeRequest,
  createSource: createSseSource,
  createDecoder,
  decodeResponse,
};
