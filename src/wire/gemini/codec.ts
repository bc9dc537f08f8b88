import type { ClientCodec, UpstreamCodec } from "../codec.ts";
import { createPassTap } from "../pass-tap.ts";
import { createSseSource } from "../sse/event-source.ts";
import { addCost } from "./add-cost.ts";
import { createCloser } from "./close-stream.ts";
import { decodeResponse } from "./decode-response.ts";
import { createDecoder } from "./decode-stream.ts";
import { encodeError, encodeStreamError } from "./encode-error.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { createEncoder } from "./encode-stream.ts";
import { GEMINI_PARAMETERS } from "./parameters.ts";
import { parseGeminiRequest } from "./request.ts";

/** Gemini's `generateContent`, as callers speak it. */
export const geminiClient: ClientCodec = {
  format: "gemini",
  parseRequest: parseGeminiRequest,
  createEncoder,
  encodeResponse,
  createTap: (options) => createPassTap({ decoder: createDecoder(), options, addCost, createCloser }),
  addCost,
  encodeError,
  encodeStreamError,
};

/** Gemini's `generateContent`, as Google answers it. */
export const geminiUpstream: UpstreamCodec = {
  format: "gemini",
  parameters: GEMINI_PARAMETERS,
  encodeRequest,
  createSource: createSseSource,
  createDecoder,
  decodeResponse,
};
