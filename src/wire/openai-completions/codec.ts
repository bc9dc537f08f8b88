import { AppError } from "#kernel";
import type { ClientCodec } from "../codec.ts";
import { addUsageCost } from "../openai-chat/add-usage-cost.ts";
import { encodeError, encodeStreamError } from "../openai-chat/encode-error.ts";
import { createEncoder, encodeResponse } from "./encode-answer.ts";
import { parseCompletionsRequest } from "./request.ts";

/** OpenAI's legacy completions, for callers only: no upstream is asked in them, so that nothing ever passes through. */
export const openAiCompletionsClient: ClientCodec = {
  format: "openai-completions",
  parseRequest: parseCompletionsRequest,
  createEncoder,
  encodeResponse,
  createTap: () => {
    throw new AppError("internal_error");
  },
  addCost: addUsageCost,
  encodeError,
  encodeStreamError,
};
