import type { MeteredUsage } from "./answer-events.ts";

/** Usage as the provider spelt it, unread. Its own provider's spec maps it to units. */
export type RawUsage = Readonly<Record<string, unknown>>;

/** What a caller was given, counted while it passed, for calls whose usage never comes (design GATEWAY section 5). */
export interface Delivered {
  /** Chunks that carried visible output. */
  readonly events: number;
  /** UTF-8 bytes of visible text: content, refusals, reasoning shown. */
  readonly textBytes: number;
  /** UTF-8 bytes of tool names and arguments. */
  readonly toolBytes: number;
  /** Estimated tokens of text and tool calls, and of reasoning that was shown. Never 0 where something was delivered. */
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

/** `complete`: it ended as it should. `interrupted`: it broke off or named an error. `garbage`: it was never a stream of this format. */
export type StreamEnd = "complete" | "interrupted" | "garbage";

/** An error that came inside an answer: tokens only, never its text. */
export interface InBandError {
  readonly code: string | null;
  readonly type: string | null;
}

/** What an answer, streamed or whole, turned out to be. */
export interface AnswerSummary {
  readonly end: StreamEnd;
  /** The last usage seen, never a sum (G15). Null only where none came: zeros are usage (G13). */
  readonly usage: RawUsage | null;
  /** Per choice index; null while it has not finished. */
  readonly finishReasons: readonly (string | null)[];
  readonly delivered: Delivered;
  readonly error: InBandError | null;
}

export interface TapOutput {
  /** What to send on, in order. Whole events only, so that an error of ours can follow at any moment. */
  readonly forward: readonly Uint8Array[];
  /** Nothing useful can follow: an error came, or the stream is not one. Stop reading and cancel the upstream. */
  readonly stop: boolean;
  /** The gate holds back what comes next: read no more until `resume`, or end it with `cut`. */
  readonly isHeld?: boolean;
}

export interface TapEnd {
  readonly forward: readonly Uint8Array[];
  readonly summary: AnswerSummary;
  /** As of `TapOutput`: `finish` is called again once nothing is held back any more. */
  readonly isHeld?: boolean;
}

/** Says how much of an answer may be handed on. Asked before each event that brings output, where it may be too much. */
export interface Gate {
  /** Up to so many tokens, bounded by bytes, nothing has to be looked at. */
  readonly freeTokens: number;
  /** Whether an answer may come to this. */
  admits(summary: AnswerSummary): boolean;
}

/** What a tap of text can do beside watching, where a gate stands before its client. */
export interface GatedTap {
  /**
   * An upper bound of the output tokens that were handed on: each covers at least one byte of visible text or of a tool
   * call, and one more per event stands for what none shows. Costs nothing.
   */
  tokensAtMost(): number;
  /** Asks the gate again, and goes on where it stopped. */
  resume(): TapOutput;
  /** Ends the answer before what is held back, as one that reached its output maximum, without the format's mark of a whole one. */
  cut(usage: MeteredUsage): readonly Uint8Array[];
}

/** Watches one upstream stream of some format as its bytes pass. One per format; the format's folder makes it. */
export interface StreamTap {
  push(chunk: Uint8Array): TapOutput;
  /** The state so far, without what is held back, for checkpoints and aborts; `end` says what it would be if the stream ended now. */
  snapshot(): AnswerSummary;
  /**
   * Call once, when the upstream has ended. What it held back comes out first. `isWhole` false: the connection broke off,
   * which formats without an end of their own (plain sound) have to be told.
   */
  finish(isWhole?: boolean): TapEnd;
  /** Only of taps that were given a gate. */
  readonly gated?: GatedTap;
}
