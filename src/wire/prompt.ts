import type { UpstreamFormat } from "./formats.ts";

/**
 * A text generation request in no format in particular: what `decodeRequest` of one format gives and `encodeRequest` of
 * another takes. Used only where the two differ; same-format requests keep the caller's own text. Design GATEWAY section 2.
 */
export interface Prompt {
  /** Instructions that stood before the conversation, in order. Later ones are messages of the role `system`. */
  readonly system: readonly TextPart[];
  readonly messages: readonly PromptMessage[];
  readonly tools: readonly PromptTool[];
  readonly toolChoice: ToolChoice | null;
  readonly parallelToolCalls: boolean | null;
  readonly outputFormat: OutputFormat | null;
  readonly reasoning: ReasoningRequest | null;
  readonly sampling: Sampling;
  /** An opaque id of the end user, and the caller's own labels. */
  readonly user: string | null;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly verbosity: "low" | "medium" | "high" | null;
}

export interface Sampling {
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly presencePenalty: number | null;
  readonly frequencyPenalty: number | null;
  readonly seed: number | null;
  readonly stop: readonly string[];
  readonly logprobs: boolean;
  readonly topLogprobs: number | null;
  /** How many answers: OpenAI's `n`, Gemini's `candidateCount`. */
  readonly choices: number;
}

export const NO_SAMPLING: Sampling = {
  temperature: null,
  topP: null,
  topK: null,
  presencePenalty: null,
  frequencyPenalty: null,
  seed: null,
  stop: [],
  logprobs: false,
  topLogprobs: null,
  choices: 1,
};

export interface PromptMessage {
  /** Tool results are parts of `user` messages, as Anthropic and Gemini have it; encoders split them out where a format wants that. */
  readonly role: "system" | "user" | "assistant";
  readonly parts: readonly PromptPart[];
}

export type PromptPart =
  | TextPart
  | ImagePart
  | AudioPart
  | DocumentPart
  | ToolCallPart
  | ToolResultPart
  | ReasoningPart
  | { readonly type: "refusal"; readonly text: string };

/** Where a prompt cache may be cut: after this part. Formats without markers drop it, and that changes only the price. */
export interface CacheMarker {
  readonly ttl: "5m" | "1h";
}

export interface TextPart {
  readonly type: "text";
  readonly text: string;
  readonly cache?: CacheMarker | null;
}

export type MediaSource =
  | { readonly type: "base64"; readonly mediaType: string; readonly data: string }
  /** Relayed, never fetched by us. `gs://`, `https://` and the provider's own file ids in their URL form. */
  | { readonly type: "url"; readonly url: string; readonly mediaType: string | null };

export interface ImagePart {
  readonly type: "image";
  readonly source: MediaSource;
  readonly detail: "low" | "high" | "auto" | null;
  readonly cache?: CacheMarker | null;
}

export interface AudioPart {
  readonly type: "audio";
  readonly source: MediaSource;
}

/** A PDF or a text document. */
export interface DocumentPart {
  readonly type: "document";
  readonly source: MediaSource;
  readonly name: string | null;
  readonly cache?: CacheMarker | null;
}

export interface ToolCallPart {
  readonly type: "tool-call";
  readonly id: string;
  readonly name: string;
  /** JSON text of an object; checked to be one when the request was decoded, `{}` where the caller sent nothing. */
  readonly arguments: string;
  /** Gemini signs its calls. */
  readonly signature?: Signature | null;
}

export interface ToolResultPart {
  readonly type: "tool-result";
  readonly callId: string;
  /** Gemini wants the tool's name again; null where the caller's format has none (it is then looked up by the call's id). */
  readonly name: string | null;
  readonly parts: readonly (TextPart | ImagePart | DocumentPart)[];
  readonly isError: boolean;
  readonly cache?: CacheMarker | null;
}

/** Reasoning of an earlier answer, sent back. A provider accepts it only with its own signature. */
export interface ReasoningPart {
  readonly type: "reasoning";
  readonly text: string;
  readonly signature: Signature | null;
  /** Encrypted reasoning that nobody can read (Anthropic's `redacted_thinking`): its data is the signature's value. */
  readonly isRedacted: boolean;
}

/** An opaque token that one provider format made and only that format can use. See `signature.ts` for how it travels in others. */
export interface Signature {
  readonly format: UpstreamFormat;
  readonly value: string;
}

export interface PromptTool {
  readonly name: string;
  readonly description: string | null;
  /** JSON schema of the arguments, as the caller sent it. Null: no arguments. */
  readonly schema: Readonly<Record<string, unknown>> | null;
  readonly strict: boolean | null;
  readonly cache?: CacheMarker | null;
}

export type ToolChoice =
  | { readonly type: "auto" | "none" | "required" }
  | { readonly type: "tool"; readonly name: string };

export type OutputFormat =
  | { readonly type: "text" | "json" }
  | {
      readonly type: "json_schema";
      readonly name: string;
      readonly description: string | null;
      readonly schema: Readonly<Record<string, unknown>>;
      readonly strict: boolean | null;
    };

export type ReasoningEffort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh";

/** What the caller asked of reasoning. Formats name an effort or a budget; each encoder maps the one it lacks (`reasoning.ts`). */
export interface ReasoningRequest {
  readonly effort: ReasoningEffort | null;
  readonly budgetTokens: number | null;
  /** The caller wants to see it (summaries, thoughts); null: the format's default. */
  readonly show: boolean | null;
}
