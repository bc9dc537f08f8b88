import type { AnswerSummary } from "#wire";

/** What came of an answer that nobody saw any part of. */
export const NOTHING_DELIVERED: AnswerSummary = {
  end: "interrupted",
  usage: null,
  finishReasons: [],
  delivered: { events: 0, textBytes: 0, toolBytes: 0, outputTokens: 0, reasoningTokens: 0 },
  error: null,
};
