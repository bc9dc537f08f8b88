import type { Endpoint } from "#catalog";
import type { AppError, Operation, UsageUnits } from "#kernel";
import type { DeliveredOutput, InputSize } from "#metering";
import type { ProviderCall, ProviderSpec, UpstreamRequest } from "#providers";
import type { AnswerSummary, Gate, Meter, StreamTap, UsedParameters } from "#wire";

/** A request of one operation, read and checked, in the terms that pricing, routing, admission and relaying share. */
export interface PreparedCall {
  readonly operation: Operation;
  /** As the caller named it: a public id, an alias, an endpoint, with a suffix or without. */
  readonly model: string;
  /** Our extensions `models` and `provider`, unread; undefined where absent. */
  readonly models: unknown;
  readonly provider: unknown;
  readonly streamed: boolean;
  readonly input: InputSize;
  /** What the request uses; a model must be able to do it. */
  readonly uses: UsedParameters;
  /** A tokenizer-like count of the input's text, for a call whose usage never came. Takes time; bounded. */
  estimateTextTokens(): number;
  /** Per choice, as the caller named it; null when it named none. */
  readonly requestedOutput: number | null;
  readonly choices: number;
  readonly audioOutput: boolean;
  readonly imageOutput: boolean;
  /** The caller wants `usage.cost` in the answer. */
  readonly includeCost: boolean;
  /** What the provider's prompt cache would hold: the start of the input. Never leaves the isolate but as an HMAC; null: nothing to stick to. */
  stickyPrefix(): string | null;
  /** The request for one endpoint, with the output maximum that admission granted. */
  providerCall(endpoint: Endpoint, outputTokens: number | null): ProviderCall;
  /** Watches a streamed answer, and translates it where the upstream speaks another format. */
  createTap(upstream: UpstreamRequest, context: AnswerContext): StreamTap;
  /** Reads a whole answer, and translates it likewise. */
  readAnswer(body: WholeBody, upstream: UpstreamRequest, context: AnswerContext): WholeAnswer;
  /** Whether a provider can be asked at all; absent: every candidate of the route. */
  canAsk?(provider: ProviderSpec): boolean;
  /** Answers without any provider, where none can be asked. */
  answerLocally?(): WholeAnswer;
  /** Of calls that are neither text nor embeddings: how their use is bounded and guessed. */
  readonly media?: MediaUse;
  /** The media type of a streamed answer; absent: events. */
  readonly streamType?: string;
  /** The in-band event that tells the caller, in its format, why a stream ends early; null: it has none, and breaks off. */
  encodeStreamError(error: AppError, requestId: string, isFinished?: boolean): Uint8Array | null;
}

/** What a call uses, in every unit in which a provider may count it: the price sheet says in which it does. */
export interface MediaUse {
  /** The most that it can use at an endpoint. */
  most(endpoint: Endpoint): UsageUnits;
  /** What it most likely used, by what was delivered, where usage never came. Empty: nothing that is charged. */
  likely(delivered: DeliveredOutput, aborted: boolean): UsageUnits;
}

export interface AnswerContext {
  readonly requestId: string;
  /** The public id of the model that answers. */
  readonly model: string;
  readonly createdSeconds: number;
  /** Reads and prices this provider's usage. `costUsd` gives null where the caller did not ask for it. */
  readonly meter: Meter;
  /** What of a streamed answer may be handed on; null: all. */
  readonly gate: Gate | null;
}

export interface WholeBody {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly contentType: string;
}

export interface WholeAnswer {
  readonly summary: AnswerSummary;
  readonly body: string | Uint8Array;
  readonly contentType: string;
}
