import type { Refusal } from "./format.ts";

export type Headers = Readonly<Record<string, string>>;

/** A request as its key check sees it. */
export interface SignedRequest {
  readonly method: string;
  /** As received, with its query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface ErrorContext {
  readonly requestNumber: number;
  readonly retryAfterSeconds: number | null;
}

/** What every answer of one provider has in common, whatever its format: key, errors, headers. */
export interface Dialect {
  /** The refusal for a request's key, or null when it is accepted. Any well-formed key is. */
  readonly checkKey: (request: SignedRequest) => Refusal | null | Promise<Refusal | null>;
  /** The caller's key, for errors that show it. */
  readonly readKey: (headers: Headers) => string;
  /** A key that this provider accepts, when not any text is one. */
  readonly makeKey?: (seed: number) => string;
  /** The provider's own words for a status that a directive asked for. */
  readonly failure: (status: number) => Refusal;
  /** The refusal of a key that is not known, when it is not the failure 401. */
  readonly badKey?: (shown: string) => Refusal;
  /** The body of an error. */
  readonly renderError: (refusal: Refusal, context: ErrorContext) => string;
  /** Headers of an error beside those of every answer. */
  readonly errorHeaders?: (refusal: Refusal) => Headers;
  /** Headers of every answer beside the content type. */
  readonly headers: (requestNumber: number, promptTokens: number) => Headers;
}
