import type { Directives } from "./directives.ts";
import type { Provider } from "./providers.ts";

/** What differs between two answers to the same request. */
export interface Identity {
  readonly id: string;
  readonly createdSeconds: number;
}

/** A refusal in the provider's own words. */
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
  /** `render` gives the JSON of each event; framing, `[DONE]` and faults are the playback's. */
  | { readonly kind: "stream"; readonly render: (identity: Identity) => readonly string[] };

export type FormatResult =
  | { readonly ok: false; readonly refusal: Refusal }
  | {
      readonly ok: true;
      /** Where directives may stand, and what the answer's seed is taken from. */
      readonly texts: readonly string[];
      readonly promptTokens: number;
      readonly answer: (directives: Directives, seed: number) => Answer;
    };

/** One wire format. Another joins as a folder beside `openai-chat` and a line in `formats/index.ts`. */
export interface Format {
  /** Below the provider's base, e.g. `/chat/completions`. */
  readonly path: string;
  /** Checks a parsed body as the provider does. */
  readonly read: (body: unknown, provider: Provider) => FormatResult;
}

/** An `invalid_request_error` with status 400. */
export function invalidRequest(message: string, param: string | null = null, code: string | null = null): Refusal {
  return { status: 400, message, type: "invalid_request_error", param, code };
}
