import type { Directives } from "./directives.ts";
import type { Framing } from "./framing.ts";
import type { PromptCache } from "./prompt-cache.ts";

/** What differs between two answers to the same request: ids are made from the number, unique in a run. */
export interface Identity {
  readonly number: number;
  readonly createdSeconds: number;
}

/** A refusal before its provider's shape. Each dialect uses what it knows: OpenAI all of it, others status and message. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

/** An answer without its identity: worked out once per distinct request, rendered for each. */
export type Answer =
  | { readonly kind: "refusal"; readonly refusal: Refusal }
  | { readonly kind: "json"; readonly render: (identity: Identity) => string }
  /** A body that is no JSON, in the pieces that directives count as chunks. */
  | {
      readonly kind: "bytes";
      readonly contentType: string;
      readonly render: (identity: Identity) => readonly Uint8Array[];
    }
  /** `render` gives the JSON of each event; framing, end marker and faults are added later. */
  | {
      readonly kind: "stream";
      readonly framing: Framing;
      readonly render: (identity: Identity) => readonly string[];
      /** The events of an error in mid-stream, when they are not the body that the dialect gives an error. */
      readonly renderError?: (refusal: Refusal, identity: Identity, eventsBefore: number) => readonly string[];
    };

export type FormatResult =
  | { readonly ok: false; readonly refusal: Refusal }
  | {
      readonly ok: true;
      /** Where directives may stand, and what the answer's seed is taken from. */
      readonly texts: readonly string[];
      readonly promptTokens: number;
      /** Set when the answer depends on more than the request, e.g. on a prompt cache: it is then worked out each time. */
      readonly changing?: boolean;
      readonly answer: (directives: Directives, seed: number) => Answer;
    };

/** The circumstances of a request beside its body. */
export interface Call {
  readonly provider: string;
  readonly models: readonly string[];
  /** What the path's `{names}` matched, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly promptCache: PromptCache;
  readonly nowMs: () => number;
}

/** One wire format. Another joins as a folder beside `openai-chat` and in the list of the provider that speaks it. */
export interface Format {
  /** POST unless said. A GET has no body, and no directives but a fault's. */
  readonly method?: "GET" | "POST";
  /** Below the provider's base, e.g. `/chat/completions` or `/models/{model}:generateContent`. */
  readonly path: string;
  /** Reads a body that is not JSON, e.g. multipart. Its answers are never kept for repeated requests. */
  readonly parse?: (bytes: Buffer, contentType: string) => Promise<unknown>;
  /** Checks a parsed body as the provider does. */
  readonly read: (body: unknown, call: Call) => FormatResult;
}

/** An `invalid_request_error` with status 400. */
export function invalidRequest(message: string, param: string | null = null, code: string | null = null): Refusal {
  return { status: 400, message, type: "invalid_request_error", param, code };
}
