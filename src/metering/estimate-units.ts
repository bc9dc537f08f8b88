import type { Operation, UsageUnits } from "#kernel";

/** What a caller was given, counted while it passed. Structurally what src/wire's taps report. */
export interface DeliveredOutput {
  /** Chunks that carried visible output. */
  readonly events: number;
  /** UTF-8 bytes of visible text, reasoning included, and of tool calls. */
  readonly textBytes: number;
  readonly toolBytes: number;
  /** Tokens by `tokenx`: of text and tool calls, and of reasoning that was shown. */
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

export interface EstimateQuestion {
  readonly operation: Operation;
  /** From `estimateInputTokens`; never the bound: an over-estimate is not charged. */
  readonly inputTokens: number;
  readonly delivered: DeliveredOutput;
  /** What the upstream was allowed to produce, all choices together; null where nothing bounds it. */
  readonly outputMaximum: number | null;
  /** The caller hung up while the provider worked. */
  readonly aborted: boolean;
}

/**
 * The units of a call whose usage never came (traps G9, G10, G12). Output is what the text counts, or one token per
 * visible event where that is more, as providers stream at least one token per event; never more than its bytes nor than
 * the output maximum, never 0 where anything was delivered. Nothing delivered: no units, and the call is free, unless it
 * was the caller who went away: the provider read the input, so that an aborted call is never free (GATEWAY section 5).
 */
export function estimateUnits(question: EstimateQuestion): UsageUnits {
  const { operation, inputTokens, delivered, outputMaximum } = question;
  const bytes = delivered.textBytes + delivered.toolBytes;
  if (operation === "tokens.count") return {};
  const isEmpty = operation === "embeddings" ? delivered.events === 0 : bytes === 0;
  if (isEmpty) return question.aborted ? { input: inputTokens } : {};
  if (operation === "embeddings") return { input: inputTokens };
  const counted = delivered.outputTokens + delivered.reasoningTokens;
  const limit = Math.min(bytes, outputMaximum ?? Infinity);
  const total = Math.max(1, Math.min(Math.max(counted, delivered.events), limit));
  // Reasoning keeps its share: it may have a price of its own.
  const reasoning = counted === 0 ? 0 : Math.floor((total * delivered.reasoningTokens) / counted);
  const output = total - reasoning;
  return { input: inputTokens, ...(output > 0 ? { output } : {}), ...(reasoning > 0 ? { reasoning } : {}) };
}
