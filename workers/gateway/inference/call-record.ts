import {
  AppError,
  ERRORS,
  formatUsd,
  nanoFromText,
  type NanoUsd,
  type Attempt,
  type Clock,
  type ErrorCode,
  type GuardrailCounts,
  type ReceiptMeasure,
  type ReceiptOutcome,
  type UsageUnits,
} from "#kernel";
import type { Admission, Teller } from "#admission";
import { estimateInputTokens, estimateUnits, measure, mediaUnits, type Measure, type MeasureQuestion } from "#metering";
import type { ProviderAdapter } from "#providers";
import type { AnswerSummary, MeteredUsage, RawUsage, UpstreamCodec } from "#wire";
import type { Logger } from "../../http/logger.ts";
import type { Lane, Target } from "./lane.ts";
import type { PreparedCall } from "./prepared-call.ts";

export interface CallRecordOptions {
  readonly id: string;
  readonly call: PreparedCall;
  /** The public model that was admitted: the draft's. */
  readonly model: string;
  /** The first lane: until an attempt begins, the call is priced as its. */
  readonly lane: Lane;
  /** `x-prismatic-max-cost`: no more than this is charged, nor shown. */
  readonly maxCostNano: NanoUsd | null;
  /** What of a cost a call with the customer's own key pays, in parts per million. */
  readonly byokFeePerMillion: bigint;
  readonly admission: Admission;
  readonly teller: Pick<Teller, "extend" | "checkpoint" | "settle">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly checkpointMs: number;
}

/** How a call ended, in the terms of its relay. */
export interface CallEnd {
  readonly outcome: ReceiptOutcome;
  /** What the caller saw. */
  readonly status: number;
  readonly code: ErrorCode | null;
  /** What came of it; null when no answer began. */
  readonly summary: AnswerSummary | null;
  readonly firstByteAtMs: number | null;
  /** Holds what the call came to, as far as that is given; resolves with what it costs at most, null where that is its cost. */
  readonly cover?: (costNano: NanoUsd) => Promise<NanoUsd | null>;
}

/** One admitted call until its hold is ended: its attempts, its measure so far, and exactly one settle. */
export class CallRecord {
  readonly attempts: Attempt[] = [];
  readonly #options: CallRecordOptions;
  readonly #admittedAtMs: number;
  #checkpointAtMs: number;
  #checkpoint: Promise<void> | null = null;
  #settled: Promise<void> | null = null;
  #lane: Lane;
  #hasBegun = false;
  #adapter: Pick<ProviderAdapter, "mapUsage"> | null = null;
  #codec: Pick<UpstreamCodec, "format"> | null = null;
  #guardrails: GuardrailCounts = {};
  #textTokens: number | null = null;
  /** A whole answer is priced for its header, and its end is the same. */
  #wholeAnswer: { readonly summary: AnswerSummary; readonly measured: Measure } | null = null;

  constructor(options: CallRecordOptions) {
    this.#options = options;
    this.#lane = options.lane;
    this.#admittedAtMs = options.clock.nowMs();
    this.#checkpointAtMs = this.#admittedAtMs + options.checkpointMs;
  }

  /** An attempt at a lane begins: what comes of the call is measured and priced as its. */
  begin(lane: Lane): void {
    this.#lane = lane;
    this.#hasBegun = true;
  }

  /** The answer has begun: who reads its usage, and in what it is written. */
  answered(adapter: Pick<ProviderAdapter, "mapUsage">, codec: Pick<UpstreamCodec, "format"> | null): void {
    this.#adapter = adapter;
    this.#codec = codec;
  }

  get teller(): CallRecordOptions["teller"] {
    return this.#options.teller;
  }

  get target(): Target {
    return this.#lane.target;
  }

  /** Reports what a running stream has cost, now and then, so that a crash charges what was delivered. */
  progress(snapshot: () => AnswerSummary): void {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs < this.#checkpointAtMs || this.#checkpoint !== null) return;
    this.#checkpointAtMs = nowMs + this.#options.checkpointMs;
    const { teller, id } = this.#options;
    const measured = this.#measured(this.#measure(snapshot(), "aborted"));
    this.#checkpoint = teller.checkpoint({ id, measure: measured }).finally(() => {
      this.#checkpoint = null;
    });
  }

  /** A usage as this provider means it; null when it cannot be trusted. */
  unitsOf(usage: RawUsage): UsageUnits | null {
    return this.#adapter?.mapUsage(usage, this.#options.call.operation, this.#codec?.format ?? null) ?? null;
  }

  /** What a usage costs, as `usage.cost` shows it; null when the usage cannot be trusted. */
  costOf(usage: RawUsage): string | null {
    const units = this.unitsOf(usage);
    if (units === null) return null;
    const priced = this.#price({ usage: units, estimate: {} });
    return priced.disbelieved ? null : this.#shown(priced);
  }

  /** What a stream that breaks off here is charged. */
  costSoFar(summary: AnswerSummary): NanoUsd {
    return nanoFromText(this.#measure(summary, "interrupted").cost_nano);
  }

  /** What a stream that ends here for want of credit says of its usage. */
  usageSoFar(summary: AnswerSummary): MeteredUsage {
    const measured = this.#measure(summary, "interrupted");
    return {
      type: "usage",
      units: measured.units,
      costUsd: this.#options.call.includeCost ? this.#shown(measured) : null,
    };
  }

  /** The cost of a whole answer, for the header. */
  costOfAnswer(summary: AnswerSummary): string {
    const measured = this.#measure(summary, "completed");
    this.#wholeAnswer = { summary, measured };
    return this.#shown(measured);
  }

  /** What is charged: never more than the caller allows. */
  #shown({ cost_nano }: Measure): string {
    const cost = nanoFromText(cost_nano);
    const { maxCostNano } = this.#options;
    return formatUsd(maxCostNano !== null && cost > maxCostNano ? maxCostNano : cost);
  }

  /** What guardrails found in the request, by kind. */
  guarded(counts: GuardrailCounts): void {
    this.#guardrails = counts;
  }

  /** Ends the hold of a call that yields no answer: nothing was delivered, so nothing is charged. */
  fail(error: unknown): Promise<void> {
    const code: ErrorCode = error instanceof AppError ? error.code : "internal_error";
    return this.end({ outcome: "failed", status: ERRORS[code].status, code, summary: null, firstByteAtMs: null });
  }

  /**
   * Ends the hold with what the call came to. The first end counts; the same promise answers every later one. Never
   * rejects: an end that cannot be told is logged, and the sweep of the durable hold is the end.
   */
  end(end: CallEnd): Promise<void> {
    this.#settled ??= this.#settle(end)
      .catch((error: unknown) => this.#logUntold(error))
      // A checkpoint still under way belongs to this request too, and must not outlive it (bounded by the teller).
      .then(() => this.#checkpoint ?? undefined);
    return this.#settled;
  }

  #logUntold(error: unknown): void {
    const { id, log, admission } = this.#options;
    const { target } = this;
    log("error", {
      message: `call not settled: ${error instanceof Error ? error.name : "unknown"}`,
      request_id: id,
      org_id: admission.orgId,
      key_id: admission.keyId,
      model: target.model.id,
      error_code: "internal_error",
    });
  }

  async #settle(end: CallEnd): Promise<void> {
    const { id, teller, clock, log, call, admission } = this.#options;
    const { target } = this;
    const known = end.outcome === "completed" && this.#wholeAnswer?.summary === end.summary ? this.#wholeAnswer : null;
    const measured = known?.measured ?? this.#measure(end.summary, end.outcome);
    // The platform's clock may go backwards; a receipt with a negative duration would be refused by the ledger.
    const durationMs = Math.max(0, clock.nowMs() - this.#admittedAtMs);
    const firstByteMs = end.firstByteAtMs === null ? null : Math.max(0, end.firstByteAtMs - this.#admittedAtMs);
    const capNano = (await end.cover?.(nanoFromText(measured.cost_nano))) ?? null;
    const settlement = await teller.settle({
      id,
      capNano,
      end: {
        ...this.#measured(measured),
        outcome: end.outcome,
        status: end.status,
        error_code: end.code,
        first_byte_ms: firstByteMs,
        duration_ms: durationMs,
        ...(Object.keys(this.#guardrails).length === 0 ? {} : { guardrails: this.#guardrails }),
        flags: this.#lane.ownKey === null ? measured.flags : [...measured.flags, "byok"],
      },
    });
    const isLost = settlement === "unacknowledged" || settlement === "unknown";
    // Refused credentials and unknown upstream models are ours to mend, and nobody else will say so.
    const isOurs = end.code === "upstream_rejected" || end.code === "internal_error";
    log(isLost || isOurs || measured.disbelieved || measured.unpriced.length > 0 ? "error" : "info", {
      message: settlement === "settled" ? "call" : `call ${settlement}`,
      request_id: id,
      org_id: admission.orgId,
      key_id: admission.keyId,
      model: target.model.id,
      provider: target.endpoint.provider,
      endpoint: target.endpoint.id,
      route: call.operation,
      streamed: call.streamed,
      status: end.status,
      outcome: end.outcome,
      error_code: end.code,
      kind: measured.kind,
      cost_nano: capNano !== null && capNano < nanoFromText(measured.cost_nano) ? String(capNano) : measured.cost_nano,
      attempts: this.attempts.length,
      first_byte_ms: firstByteMs,
      duration_ms: durationMs,
    });
  }

  #measured({ kind, units, cost_nano, upstream_cost_nano }: Measure): ReceiptMeasure {
    const { endpoint, model } = this.target;
    const isFallback = this.#hasBegun && model.id !== this.#options.model;
    return {
      ...(isFallback ? { model: model.id } : {}),
      // Nobody was asked until an attempt began.
      provider: this.#hasBegun ? endpoint.provider : null,
      endpoint: this.#hasBegun ? endpoint.id : null,
      kind,
      units,
      cost_nano,
      upstream_cost_nano,
      attempts: this.attempts,
    };
  }

  #measure(summary: AnswerSummary | null, outcome: ReceiptOutcome): Measure {
    if (summary === null || outcome === "failed") return this.#price({ usage: {}, estimate: {} });
    const usage = summary.usage === null ? null : this.unitsOf(summary.usage);
    const aborted = outcome === "aborted";
    // A stream short of its end may have named its usage long before: more was delivered since.
    const partial = summary.end !== "complete";
    return this.#price({ usage, estimate: () => this.#estimate(summary, aborted), aborted, partial });
  }

  #estimate(summary: AnswerSummary, aborted: boolean): UsageUnits {
    const { call } = this.#options;
    if (call.media) return mediaUnits(call.media.likely(summary.delivered, aborted), this.target.sheet);
    // Counted once: a stream whose hold runs low asks for each of its events.
    this.#textTokens ??= call.estimateTextTokens();
    const input = { ...call.input, estimatedTextTokens: this.#textTokens };
    return estimateUnits({
      operation: call.operation,
      inputTokens: estimateInputTokens(call.operation, input, this.target.endpoint),
      delivered: summary.delivered,
      aborted,
      outputMaximum: this.#outputMaximum(),
    });
  }

  #price(question: Pick<MeasureQuestion, "usage" | "estimate"> & Partial<MeasureQuestion>): Measure {
    const { call, byokFeePerMillion } = this.#options;
    const { sheet, listSheet } = this.target;
    return measure({
      operation: call.operation,
      sheet,
      listSheet,
      ownKeyFeePerMillion: this.#lane.ownKey === null ? null : byokFeePerMillion,
      aborted: false,
      partial: false,
      inputMaximum: this.#inputMaximum(),
      outputMaximum: this.#outputMaximum(),
      mediaMost: call.media?.most(this.target.endpoint),
      ...question,
    });
  }

  /** An embeddings call reads each of its inputs by itself: the context window bounds one of them. */
  #inputMaximum(): number | null {
    const { call } = this.#options;
    const { contextTokens } = this.target.endpoint;
    if (contextTokens === null || call.media) return null;
    if (call.operation === "embeddings") return contextTokens * call.input.messages;
    return contextTokens * (call.input.searches + 1);
  }

  #outputMaximum(): number | null {
    const { admission, call } = this.#options;
    return admission.outputTokens === null ? null : admission.outputTokens * call.choices;
  }
}
