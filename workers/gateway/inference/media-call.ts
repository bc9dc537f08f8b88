import type { Operation } from "#kernel";
import { encodeStreamError } from "#wire";
import type { AnswerSummary } from "#wire";
import type { InputSize } from "#metering";
import { NOTHING_DELIVERED } from "./nothing-delivered.ts";
import type { PreparedCall } from "./prepared-call.ts";

const NO_INPUT: InputSize = {
  textBytes: 0,
  messages: 0,
  toolsBytes: 0,
  images: 0,
  audios: 0,
  files: 0,
  searches: 0,
  tokens: 0,
  estimatedTextTokens: null,
};

type Own = "operation" | "model" | "models" | "provider" | "streamed" | "providerCall" | "readAnswer" | "media";

/** A call that is neither text nor embeddings: `media` bounds and guesses what it uses, and nothing of it is granted in part. */
export function mediaCall(own: Pick<PreparedCall, Own> & Partial<PreparedCall>): PreparedCall {
  return {
    input: NO_INPUT,
    uses: new Map(),
    estimateTextTokens: () => 0,
    requestedOutput: null,
    choices: 1,
    audioOutput: false,
    imageOutput: false,
    includeCost: false,
    stickyPrefix: () => null,
    createTap: () => neverStreamed(own.operation),
    encodeStreamError,
    ...own,
  };
}

function neverStreamed(operation: Operation): never {
  throw new RangeError(`${operation} is never streamed`);
}

/** What came of a whole answer. `items` and `textBytes` are what an estimate goes by. */
export function mediaSummary(
  answer: Pick<AnswerSummary, "end" | "usage">,
  items: number,
  textBytes = 0,
): AnswerSummary {
  const { end, usage } = answer;
  return { ...NOTHING_DELIVERED, end, usage, delivered: { ...NOTHING_DELIVERED.delivered, events: items, textBytes } };
}
