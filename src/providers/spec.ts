import type { Clock, ErrorCode, Operation, UsageUnits } from "#kernel";
import type { ChatRequest, EmbeddingsRequest, RawUsage } from "#wire";

/**
 * The whole contract of a provider (design GATEWAY section 3). What it charges, what it does with data and whether it
 * stops billing at an abort are rows of the catalogue (`Endpoint.prices`, `.dataPolicy`, `.abort`), not code here.
 */
export interface ProviderSpec {
  /** As in the catalogue's `Endpoint.provider`. */
  readonly id: string;
  readonly defaultBaseUrl: string;
  /** Names of its configuration variables; null for a provider that lives inside the gateway and needs none. */
  readonly env: { readonly apiKey: string; readonly baseUrl: string } | null;
  /** The fetch of a provider that lives inside the gateway; others get the platform's. */
  readonly createFetch?: (clock: Clock) => UpstreamFetch;
  readonly operations: readonly Operation[];
  /** Builds the request from constants, the settings and the caller's body. No header of the caller reaches it. */
  encodeRequest(settings: ProviderSettings, call: ProviderCall): UpstreamRequest;
  /** The provider's usage as disjoint buckets; null when it cannot be trusted (absent or not whole numbers). Zeros are usage (G13). */
  mapUsage(usage: RawUsage, operation: Operation): UsageUnits | null;
  mapError(answer: UpstreamErrorAnswer): UpstreamFault;
}

export interface ProviderSettings {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly apiKey: string | null;
  readonly fetch: UpstreamFetch;
}

/** The part of `fetch` that upstream calls use; a test passes its own. */
export type UpstreamFetch = (url: string, init: UpstreamInit) => Promise<Response>;

export interface UpstreamInit {
  readonly method: "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  /** A redirect would carry our key to wherever it points (G20). */
  readonly redirect: "manual";
}

/** A request on its way to one endpoint. `outputTokens` is what admission granted per choice; null leaves the caller's own. */
export type ProviderCall =
  | {
      readonly operation: "chat.completions";
      readonly upstreamModel: string;
      readonly request: ChatRequest;
      readonly outputTokens: number | null;
    }
  | { readonly operation: "embeddings"; readonly upstreamModel: string; readonly request: EmbeddingsRequest };

export interface UpstreamRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly stream: boolean;
  /** The usage chunk is one that only we asked for: the tap must remove it (G29). */
  readonly dropUsageChunk: boolean;
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
