import type { Operation } from "#kernel";
import type { InputSize } from "#metering";
import type { ProviderCall } from "#providers";
import type { AnswerSummary, RawUsage, StreamTap } from "#wire";

/** A request of one operation, read and checked, in the terms that pricing, admission and relaying share. */
export interface PreparedCall {
  readonly operation: Operation;
  /** As the caller named it: a public id or an alias. */
  readonly model: string;
  readonly streamed: boolean;
  readonly input: InputSize;
  /** A tokenizer-like count of the input's text, for a call whose usage never came. Takes time; bounded. */
  estimateTextTokens(): number;
  /** Per choice, as the caller named it; null when it named none. */
  readonly requestedOutput: number | null;
  readonly choices: number;
  readonly audioOutput: boolean;
  /** The caller wants `usage.cost` in the answer. */
  readonly includeCost: boolean;
  /** The request for one endpoint, with the output maximum that admission granted. */
  providerCall(upstreamModel: string, outputTokens: number | null): ProviderCall;
  /** Watches a streamed answer. */
  createTap(dropUsageChunk: boolean, addCost: AddCost | null): StreamTap;
  /** Reads a whole answer. */
  readAnswer(text: string): AnswerSummary;
}

/** The cost of a usage in USD as text, or null where the usage cannot be read. */
export type AddCost = (usage: RawUsage) => string | null;
