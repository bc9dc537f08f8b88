import type { ErrorCode } from "./error-table.ts";
import type { GuardrailCounts } from "./guardrail-settings.ts";

/**
 * What usage is counted in. Buckets are disjoint: `input` excludes cached and cache-written tokens, `output` excludes
 * reasoning and audio. Cost is therefore the plain sum over buckets. Source: design GATEWAY section 5.
 */
export const USAGE_UNITS = [
  "input",
  "cached_read",
  "cache_write_5m",
  "cache_write_1h",
  "output",
  "reasoning",
  "audio_in",
  "audio_cached_read",
  "audio_out",
  "image_in",
  "image_out",
  "images",
  "video_ms",
  "characters",
  "audio_ms",
  "searches",
  "calls",
] as const;

export type UsageUnit = (typeof USAGE_UNITS)[number];

/** Whole, non-negative counts. A missing bucket is zero; the units say nothing about whether the provider reported them. */
export type UsageUnits = Readonly<Partial<Record<UsageUnit, number>>>;

export type KeyMode = "live" | "test";

/**
 * What a model can be asked to do. Text generation is one operation whatever wire format asks for it; the name is that of
 * the first. A receipt names the operation, a model lists those it can do.
 */
export const OPERATIONS = [
  "chat.completions",
  "tokens.count",
  "embeddings",
  "rerank",
  "moderations",
  "images.generations",
  "images.edits",
  "images.variations",
  "audio.speech",
  "audio.transcriptions",
  "audio.translations",
] as const;

export type Operation = (typeof OPERATIONS)[number];

/** Where the figures of a receipt come from: the provider's own usage, our count of what was delivered, or nobody. */
export type ReceiptKind = "measured" | "estimated" | "unobserved";

/** How the call ended for the caller. */
export type ReceiptOutcome = "completed" | "aborted" | "interrupted" | "failed" | "unobserved";

/** One try at one upstream endpoint. Holds codes and times only, never upstream text. */
export interface Attempt {
  readonly endpoint: string;
  readonly provider: string;
  /** Upstream HTTP status, or null when no answer began. */
  readonly status: number | null;
  readonly code: ErrorCode | null;
  readonly duration_ms: number;
}

/** What is known of a call when it is admitted. Kept with the hold, so that a swept hold still yields a receipt. */
export interface ReceiptDraft {
  /** `gen_…`; also the request id. */
  readonly id: string;
  /** ISO-8601 UTC with milliseconds; always the time inside the id (the receipts table is partitioned by it). */
  readonly occurred_at: string;
  readonly mode: KeyMode;
  readonly operation: Operation;
  readonly streamed: boolean;
  /** The public model id. */
  readonly model: string;
  /** Names the catalogue build and override version whose prices apply to this call, from hold to settle. */
  readonly price_version: string;
}

/** What is measured while a call runs and when it ends. */
export interface ReceiptMeasure {
  /** The public model that answered, where that is a fallback and not the draft's. */
  readonly model?: string;
  readonly provider: string | null;
  readonly endpoint: string | null;
  readonly kind: ReceiptKind;
  readonly units: UsageUnits;
  /** What the customer pays, integer nano-USD text. */
  readonly cost_nano: string;
  /** What the provider charges us by list price, integer nano-USD text. */
  readonly upstream_cost_nano: string;
  readonly attempts: readonly Attempt[];
}

export interface ReceiptEnd extends ReceiptMeasure {
  readonly outcome: ReceiptOutcome;
  /** The HTTP status that the caller saw. */
  readonly status: number;
  readonly error_code: ErrorCode | null;
  /** Admission to first byte of output, null when none came. */
  readonly first_byte_ms: number | null;
  readonly duration_ms: number;
  /** Facts an operator should see: `over_hold`, `over_maximum`, `late`, `capped` (at the caller's maximum, or at what was held), `byok` (the customer's own provider key). */
  readonly flags: readonly ReceiptFlag[];
  /** Matches of the key's guardrails by kind; absent where none looked. */
  readonly guardrails?: GuardrailCounts;
}

export type ReceiptFlag = "over_hold" | "over_maximum" | "late" | "capped" | "byok";

/** The whole receipt: JSON-ready, snake_case, amounts as integer text. Exactly one per admitted request. */
export interface Receipt extends ReceiptDraft, Omit<ReceiptEnd, "model"> {
  readonly org_id: string;
  readonly key_id: string;
  /** What was held in the end: at admission, and more where output streamed. Integer nano-USD text. */
  readonly held_nano: string;
}

/** A settle that came after its hold was swept: the difference to the unobserved receipt, as a posting of its own. */
export interface ReceiptCorrection {
  /** `cor_…` */
  readonly id: string;
  readonly occurred_at: string;
  readonly receipt_id: string;
  readonly receipt_occurred_at: string;
  readonly org_id: string;
  /** Signed: what the late figures add to (or take from) what the swept receipt charged. */
  readonly cost_delta_nano: string;
  readonly upstream_cost_delta_nano: string;
  readonly end: ReceiptEnd;
}
