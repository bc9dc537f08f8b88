import type { Clock, ErrorCode, Operation, UsageUnits } from "#kernel";
import type {
  ClientFormat,
  EmbeddingsRequest,
  ImagesOperation,
  ImagesRequest,
  ModerationsRequest,
  ParameterOverrides,
  RawUsage,
  RerankRequest,
  SpeechRequest,
  TextRequest,
  TranscriptionOperation,
  TranscriptionRequest,
  UpstreamCodec,
  UpstreamFormat,
} from "#wire";

/**
 * The whole contract of a provider (design GATEWAY section 3), of which this part is known from an isolate's start. What
 * it charges, what it does with data and whether it stops billing at an abort are rows of the catalogue
 * (`Endpoint.prices`, `.dataPolicy`, `.abort`), not code here.
 */
export interface ProviderSpec {
  /** As in the catalogue's `Endpoint.provider`. */
  readonly id: string;
  /** Null: every customer has an address of its own there, and the operator must name it. */
  readonly defaultBaseUrl: string | null;
  /** Names of its configuration variables; null for a provider that lives inside the gateway and needs none. */
  readonly env: { readonly apiKey: string; readonly baseUrl: string } | null;
  /** The fetch of a provider that lives inside the gateway; others get the platform's. */
  readonly createFetch?: (clock: Clock) => UpstreamFetch;
  readonly operations: readonly Operation[];
  /** The format in which it counts tokens without a call to a model; absent where it does not. */
  readonly countsTokensIn?: ClientFormat;
  /** The code that speaks to it: loaded by the first call that goes there, then at hand (docs/decisions/0004). */
  load(): Promise<ProviderAdapter>;
}

/** The part of a provider's contract that a call to it needs. */
export interface ProviderAdapter {
  /** The format in which text is asked of it: the caller's own where it speaks that, else the one that carries most. */
  textFormat?(clientFormat: ClientFormat, upstreamModel: string): UpstreamFormat;
  /** Where it does less with a parameter than its format allows; read by the capability table too. */
  readonly parameters?: ParameterOverrides;
  /** Builds the request from constants, the settings and the caller's body. No header of the caller reaches it. */
  encodeRequest(settings: ProviderSettings, call: ProviderCall): UpstreamRequest | Promise<UpstreamRequest>;
  /**
   * The provider's usage as disjoint buckets; null when it cannot be trusted (absent or not whole numbers). Zeros are
   * usage (G13). `format` is the answer's, null for operations other than text.
   */
  mapUsage(usage: RawUsage, operation: Operation, format: UpstreamFormat | null): UsageUnits | null;
  mapError(answer: UpstreamErrorAnswer): UpstreamFault;
}

export interface ProviderSettings {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** One credential as text; a provider that needs several parts (AWS) defines how they are written in one. */
  readonly apiKey: string | null;
  readonly fetch: UpstreamFetch;
}

/** The part of `fetch` that upstream calls use; a test passes its own. */
export type UpstreamFetch = (url: string, init: UpstreamInit) => Promise<Response>;

export interface UpstreamInit {
  readonly method: "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: UpstreamBody;
  readonly signal: AbortSignal;
  /** A redirect would carry our key to wherever it points (G20). */
  readonly redirect: "manual";
}

export type UpstreamBody = string | Uint8Array<ArrayBuffer>;

/** A request on its way to one endpoint. `outputTokens` is what admission granted per choice; null leaves the caller's own. */
export type ProviderCall =
  | {
      readonly operation: "chat.completions";
      readonly upstreamModel: string;
      readonly request: TextRequest;
      readonly outputTokens: number | null;
    }
  | { readonly operation: "tokens.count"; readonly upstreamModel: string; readonly request: TextRequest }
  | { readonly operation: "embeddings"; readonly upstreamModel: string; readonly request: EmbeddingsRequest }
  | { readonly operation: "rerank"; readonly upstreamModel: string; readonly request: RerankRequest }
  | { readonly operation: "moderations"; readonly upstreamModel: string; readonly request: ModerationsRequest }
  | { readonly operation: ImagesOperation; readonly upstreamModel: string; readonly request: ImagesRequest }
  | { readonly operation: "audio.speech"; readonly upstreamModel: string; readonly request: SpeechRequest }
  | {
      readonly operation: TranscriptionOperation;
      readonly upstreamModel: string;
      readonly request: TranscriptionRequest;
    };

export interface UpstreamRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: UpstreamBody;
  readonly stream: boolean;
  /** Reads the answer; null for operations other than text. */
  readonly codec: UpstreamCodec | null;
  /** Media types of a good answer; another is a fault. Empty: any (sound, pictures). */
  readonly answerTypes: readonly string[];
  /**
   * For operations other than text: this provider's answer as the body that the operation's callers read (OpenAI's shape;
   * Cohere's for rerank), null where it is no answer, a fault where it is a refusal said with 200. Absent where the provider's own body is that.
   */
  readonly decodeAnswer?: (text: string) => string | UpstreamFault | null;
  /** The usage chunk is one that only we asked for: the tap must remove it (G29). */
  readonly dropUsageChunk: boolean;
  /** The caller's parameters that this provider does not get, for `x-prismatic-dropped-params`. */
  readonly droppedParams: readonly string[];
}

export interface UpstreamErrorAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The first part of the body, bounded. */
  readonly bodyText: string;
  /** For a `retry-after` that is a date. */
  readonly nowMs: number;
}

/** Why an upstream call gave no answer: codes, numbers and safe tokens only; the upstream's text is gone (S3, G20). */
export interface UpstreamFault {
  readonly code: ErrorCode;
  readonly status: number | null;
  readonly upstreamCode: string | null;
  /** The request parameter that the provider named. */
  readonly upstreamParam: string | null;
  readonly retryAfterMs: number | null;
  /** The same request may succeed at this endpoint later. */
  readonly retryable: boolean;
}
