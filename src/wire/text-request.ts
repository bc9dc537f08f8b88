import type { ClientFormat } from "./formats.ts";
import type { JsonObjectText } from "./json/scan-object.ts";
import type { UsedParameters } from "./parameters.ts";
import type { Prompt } from "./prompt.ts";

/** What a request feeds the model with, counted. Media payloads (URLs, base64) count as items, never as text. */
export interface TextInput {
  readonly messages: number;
  /** UTF-8 bytes of every text in the conversation: content, names, tool calls and their arguments, instructions. */
  readonly textBytes: number;
  readonly images: number;
  readonly audios: number;
  readonly files: number;
}

/** Things that a provider bills beyond tokens at list price. The gateway refuses those it has no price or no bound for. */
export type TextExtra =
  | "audio_output"
  | "image_output"
  | "service_tier"
  | "web_search"
  /** xAI's `search_parameters`. */
  | "live_search"
  /** A tool that the provider runs itself, other than web search: code, files, computers, remote MCP. */
  | "server_tool"
  /** A content part whose input has no bound that we know. */
  | "document"
  /** `prediction`: its text counts as input, and what of it was not used is billed as output. */
  | "prediction"
  /** State that the provider keeps between calls (`previous_response_id`, `conversation`, `cachedContent`, `background`): not ours to relay. */
  | "server_state";

/** The most searches that one call may ask for. What no model would do would be held for in vain. */
export const SEARCHES_MAXIMUM = 100;

/** A text generation request of any format: the caller's own text, and what admission, routing and metering need of it. */
export interface TextRequest {
  readonly format: ClientFormat;
  readonly object: JsonObjectText;
  readonly model: string;
  readonly stream: boolean;
  /** OpenAI chat: the caller's `stream_options`, or null. */
  readonly streamOptions: Readonly<Record<string, unknown>> | null;
  /** The caller wants usage in the stream. True in formats that always send it. */
  readonly includeUsage: boolean;
  /** The caller wants `usage.cost`: our extension `usage: { include: true }`, in every format. */
  readonly includeCost: boolean;
  /** Output tokens per choice, or null. */
  readonly outputMaximum: number | null;
  readonly choices: number;
  readonly input: TextInput;
  /** UTF-8 bytes of tools, and of the output format, as the caller spelt them. Both are input to the model. */
  readonly toolsBytes: number;
  readonly formatBytes: number;
  readonly extras: readonly TextExtra[];
  /** The most searches that the provider may run, where `web_search` is among the extras and the request bounds it. */
  readonly searchesMaximum: number | null;
  readonly uses: UsedParameters;
  /** Our extensions `models` and `provider`, unread; undefined where absent. Removed before the body goes upstream. */
  readonly models: unknown;
  readonly provider: unknown;
  /** An estimate of the input tokens without media, for calls whose usage never came. Computed on demand, in bounded time. */
  estimateInputTokens(): number;
  /** The request in no format in particular, made on demand. Throws AppError for what cannot be said. */
  decode(): Prompt;
}
