import type { UsageUnits } from "#kernel";
import type { InBandError, RawUsage } from "./events.ts";
import type { Signature } from "./prompt.ts";

/**
 * An answer in no format in particular: what `decodeStream` and `decodeResponse` of one format give, in order, and
 * `encodeStream` and `encodeResponse` of another take. Design GATEWAY section 2. `choice` counts answers from 0 and is
 * 0 in formats that give only one; `index` counts a choice's tool calls from 0.
 */
export type AnswerEvent =
  | { readonly type: "start"; readonly id: string | null; readonly model: string | null }
  | {
      readonly type: "text";
      readonly choice: number;
      readonly text: string;
      readonly logprobs?: readonly TokenLogprob[] | null;
    }
  | { readonly type: "refusal"; readonly choice: number; readonly text: string }
  | { readonly type: "reasoning"; readonly choice: number; readonly text: string }
  /** Ends one block of reasoning. `isRedacted`: the block was nothing but its signature. */
  | {
      readonly type: "reasoning-end";
      readonly choice: number;
      readonly signature: Signature | null;
      readonly isRedacted: boolean;
    }
  | {
      readonly type: "tool-start";
      readonly choice: number;
      readonly index: number;
      readonly id: string;
      readonly name: string;
    }
  /** A piece of the arguments' JSON text. All pieces of a call joined are the arguments; none at all means `{}`. */
  | { readonly type: "tool-arguments"; readonly choice: number; readonly index: number; readonly text: string }
  | {
      readonly type: "tool-end";
      readonly choice: number;
      readonly index: number;
      readonly signature: Signature | null;
    }
  | { readonly type: "citation"; readonly choice: number; readonly citation: Citation }
  | { readonly type: "image"; readonly choice: number; readonly mediaType: string; readonly data: string }
  /** The usage so far as the provider spelt it; the last one counts, whole (a decoder merges what its format splits). */
  | { readonly type: "usage"; readonly usage: RawUsage }
  | {
      readonly type: "finish";
      readonly choice: number;
      readonly reason: FinishReason;
      readonly stopSequence: string | null;
    }
  /** An error inside the answer. Nothing that comes after it counts. */
  | { readonly type: "error"; readonly error: InBandError };

/** What an encoder takes: usage has become units, with what it cost where the caller asked. */
export type EncodableEvent = Exclude<AnswerEvent, { type: "usage" } | { type: "error" }> | MeteredUsage;

export interface MeteredUsage {
  readonly type: "usage";
  readonly units: UsageUnits;
  /** USD with nine decimals, or null where the caller did not ask for it. */
  readonly costUsd: string | null;
}

/** `pause`: the provider's turn is over and it wants to be called again (Anthropic's `pause_turn`). */
export type FinishReason =
  | "stop"
  | "stop-sequence"
  | "length"
  | "tool-calls"
  | "content-filter"
  | "refusal"
  | "pause"
  | "other";

export interface Citation {
  readonly url: string | null;
  readonly title: string | null;
  readonly citedText: string | null;
  /** UTF-16 offsets into the choice's text, where the provider gives them. */
  readonly start: number | null;
  readonly end: number | null;
}

export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[] | null;
  readonly top: readonly {
    readonly token: string;
    readonly logprob: number;
    readonly bytes: readonly number[] | null;
  }[];
}
