import type { AppError } from "#kernel";
import type { AnswerEvent, EncodableEvent, MeteredUsage } from "./answer-events.ts";
import type { Gate, RawUsage, StreamEnd, StreamTap } from "./events.ts";
import type { ClientFormat, UpstreamFormat } from "./formats.ts";
import type { ParameterTable } from "./parameters.ts";
import type { Prompt } from "./prompt.ts";
import type { EventSource } from "./sse/event-source.ts";
import type { TextRequest } from "./text-request.ts";

/** One event of an upstream's stream, whatever framed it (server-sent events, AWS event stream). */
export interface SourceEvent {
  readonly data: string;
  readonly event: string | undefined;
}

/** The upstream half of a format: how it is asked, and how its answers are read. */
export interface UpstreamCodec {
  readonly format: UpstreamFormat;
  /** What becomes of each parameter of a request that was decoded from another format. */
  readonly parameters: ParameterTable;
  /**
   * The body of a request. It may rely on the parameters having been checked (`encodePrompt` refuses and reports by the
   * table); it throws AppError `invalid_parameter` only for content that the format cannot hold.
   */
  encodeRequest(prompt: Prompt, options: EncodeRequestOptions): Readonly<Record<string, unknown>>;
  /** What cuts its streams into events. */
  createSource(): EventSource;
  createDecoder(options: DecoderOptions): StreamDecoder;
  decodeResponse(text: string): DecodedResponse;
}

export interface EncodeRequestOptions {
  readonly upstreamModel: string;
  readonly stream: boolean;
  /** Per choice; what admission granted. Null only where nothing bounds it; formats that require one use their largest useful value. */
  readonly outputTokens: number | null;
}

export interface DecoderOptions {
  /** How many answers the request asked for. */
  readonly choices: number;
}

/** Reads one upstream stream. Never throws: what it cannot read is counted and left out. */
export interface StreamDecoder {
  see(event: SourceEvent): readonly AnswerEvent[];
  /** Something came that is no event of this format. */
  seeForeign(): void;
  /** What the stream would be if it ended now. */
  end(): StreamEnd;
  /** True once the format's own last event came; whatever follows is not the answer's. */
  isOver(): boolean;
}

export interface DecodedResponse {
  readonly end: StreamEnd;
  readonly events: readonly AnswerEvent[];
}

/** The caller's half of a format: how a request is read, and how answers and errors are said in it. */
export interface ClientCodec {
  readonly format: ClientFormat;
  /** Throws AppError `invalid_json`, `invalid_parameter` (with `param`) or `unsupported_parameter`. */
  parseRequest(text: string, route: RouteHints): TextRequest;
  createEncoder(options: EncoderOptions): StreamEncoder;
  /** The whole answer as a body. `events` end with usage (where known) and one finish per choice. */
  encodeResponse(events: readonly EncodableEvent[], options: EncoderOptions): string;
  /** Watches a stream of its own format on its way through, untouched. */
  createTap(options: TapOptions): StreamTap;
  /** Writes `usage.cost` into a whole answer of its own format. Text that it does not understand comes back as it was. */
  addCost(text: string, costUsd: string): string;
  encodeError(error: AppError, requestId: string): string;
  /** In-band and framed. `isFinished`: the answer had been given its finish (`cut`), and only the error is said. */
  encodeStreamError(error: AppError, requestId: string, isFinished?: boolean): Uint8Array;
}

/** What of a request stands in its address (Gemini). Null where the body says it. */
export interface RouteHints {
  readonly model: string | null;
  readonly stream: boolean | null;
}

export interface EncoderOptions {
  /** `gen_…`: for formats that need an id where the upstream gave none. */
  readonly requestId: string;
  /** The public model id, where the upstream named none. */
  readonly model: string;
  readonly createdSeconds: number;
  /** OpenAI chat: the caller wants the usage chunk. Formats that always send usage ignore it. */
  readonly includeUsage: boolean;
  /** Some formats repeat parts of the request in the answer (Responses). */
  readonly request: TextRequest;
}

/**
 * Says events in the caller's format. Stateful; one per stream. Usage may come more than once and before or after the
 * finish: the last one counts, and a format that says it once says it in `finish()`.
 */
export interface StreamEncoder {
  /** The framed bytes of one event, as text; "" where the format says nothing of it (yet). */
  encode(event: EncodableEvent): string;
  /** What ends the stream: the last events, `[DONE]`, nothing. Called once, after the last `encode`. */
  finish(): string;
  /** As `finish`, of an answer that we cut: without the mark by which readers know a whole one. */
  cut(): string;
}

/** Ends a stream that passed through in its own format so far, in its upstream's place. */
export interface StreamCloser {
  /** An event that is handed on, and what it says. */
  see(event: SourceEvent, events: readonly AnswerEvent[]): void;
  /** The framed events that end it as one that reached its output maximum, without the mark of a whole answer. */
  close(ending: Ending): string;
}

/** `choices`: those that have not finished. */
export interface Ending {
  readonly usage: MeteredUsage;
  readonly choices: readonly number[];
}

export interface TapOptions {
  readonly choices: number;
  /** OpenAI chat: we asked for the usage chunk and the caller did not: it is removed (G29). */
  readonly dropUsageChunk: boolean;
  /** The cost of a usage in USD with nine decimals, written into each usage that passes; null leaves that one alone. */
  readonly addCost?: ((usage: RawUsage) => string | null) | undefined;
  /** A gate stands before the client; where the answer ends at it, the rest is said with these. */
  readonly gated?: GatedOptions | undefined;
}

export interface GatedOptions {
  readonly gate: Gate;
  readonly encoder: EncoderOptions;
}
