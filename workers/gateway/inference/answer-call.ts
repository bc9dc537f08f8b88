import { AppError } from "#kernel";
import type { Admission } from "#admission";
import {
  readWholeBody,
  upstreamFault,
  type UpstreamFault,
  type UpstreamRequest,
  type UpstreamResponse,
} from "#providers";
import type { Services } from "../compose.ts";
import type { GatewayContext } from "../context.ts";
import { abortPolicyOf } from "./abort-policy.ts";
import { attemptUpstream, type AttemptResult, type WholeResult } from "./attempt-upstream.ts";
import type { CallRecord } from "./call-record.ts";
import type { Lane } from "./lane.ts";
import type { AnswerContext, PreparedCall, WholeAnswer, WholeBody } from "./prepared-call.ts";
import { NOTHING_DELIVERED } from "./nothing-delivered.ts";
import { relayStream, type RelayEnd } from "./relay-stream.ts";
import { healthOutcome } from "./health-outcome.ts";
import { callHeaders } from "./response-headers.ts";

export interface AdmittedCall {
  readonly call: PreparedCall;
  /** In the order in which they are tried. Never empty. */
  readonly lanes: readonly Lane[];
  readonly admission: Admission;
  readonly record: CallRecord;
  /** Told of the lane that answers. Never rejects. */
  readonly onAnswer: (lane: Lane) => Promise<void>;
}

export interface Answer {
  readonly response: Response;
  /** Resolves when the hold is ended; the response may still be on its way, or long gone. */
  readonly settled: Promise<void>;
}

type Answering = Extract<AttemptResult, { type: "answer" }>;

/** The status of a call whose client had left before there was anything to send (nginx's 499; nobody receives it). */
const CLIENT_GONE_STATUS = 499;
const MS_PER_SECOND = 1_000;
const THROUGHPUT_SECONDS_MIN = 0.5;

/** Makes the call and relays its answer. Throws AppError where there is none; the hold is ended in every case. */
export async function answerCall(context: GatewayContext, admitted: AdmittedCall): Promise<Answer> {
  const bounds = boundCall(context, admitted);
  try {
    const { call, admission, record } = admitted;
    const lanes = admitted.lanes.filter(({ target }) => call.canAsk?.(target.provider.spec) ?? true);
    const { services } = context.var;
    const local = lanes.length === 0 ? call.answerLocally?.() : undefined;
    if (local) return answerLocally(context, admitted, local);
    const result = await attemptUpstream({
      services,
      lanes,
      encode: ({ target }, adapter, settings) => {
        const granted = admission.outputTokens;
        const maximum = target.hold.output?.maximum ?? granted;
        const tokens = granted === null || maximum === null ? granted : Math.min(granted, maximum);
        return adapter.encodeRequest(settings, call.providerCall(target.endpoint, tokens));
      },
      signal: bounds.signal,
      clientSignal: context.req.raw.signal,
      startedAtMs: context.var.startedAtMs,
      attempts: record.attempts,
      readWhole: (lane, adapter, request, response) => {
        record.answered(adapter, request.codec);
        return readWhole(context, admitted, lane, request, response);
      },
      onBegin(lane) {
        record.begin(lane);
        if (lane.ownKey === null) services.health.begin(lane.target.endpoint.id);
      },
      onOutcome({ target, ownKey }, outcome) {
        // A customer's own key may be at fault alone: it says nothing about the endpoint to others.
        if (ownKey !== null) return;
        services.health.record(target.endpoint.id, healthOutcome(outcome, target.provider.keys.length > 1));
      },
    });
    if (result.type === "failed") throw result.error;
    if (result.type === "aborted") return await answerHungUp(context, admitted, result.underWay);
    context.executionCtx.waitUntil(admitted.onAnswer(result.lane));
    if (result.whole) return answerWhole(context, admitted, result, result.whole);
    record.answered(result.adapter, result.request.codec);
    try {
      return answerStream(context, admitted, result);
    } catch (error) {
      // A provider that goes on for nobody bills for nobody's sake.
      result.response.reader.cancel();
      throw error;
    }
  } catch (error) {
    failCall(context, admitted.record, error);
    throw error;
  } finally {
    bounds.release();
  }
}

function answerLocally(
  context: GatewayContext,
  { record, lanes }: AdmittedCall,
  answer: NonNullable<ReturnType<NonNullable<PreparedCall["answerLocally"]>>>,
): Answer {
  const settled = record.end({
    outcome: "completed",
    status: 200,
    code: null,
    summary: answer.summary,
    firstByteAtMs: context.var.services.clock.nowMs(),
  });
  const [lane] = lanes;
  const response = new Response(answer.body, {
    headers: [
      ["content-type", answer.contentType],
      ["x-prismatic-token-count", "estimated"],
      ...(lane ? callHeaders(lane.target, record.attempts, 0, null) : []),
    ],
  });
  return { response, settled };
}

/**
 * Ends a call that yields no answer: nothing was delivered, so nothing is charged. The error does not wait for it: the
 * platform keeps the request alive for the settle, and the durable hold stands behind both.
 */
function failCall(context: GatewayContext, record: CallRecord, error: unknown): void {
  context.executionCtx.waitUntil(record.fail(error));
}

/** Our own side hung up: the client is gone, or the request's whole time is over and somebody still waits. */
async function answerHungUp(context: GatewayContext, admitted: AdmittedCall, underWay: boolean): Promise<Answer> {
  if (!context.req.raw.signal.aborted) throw new AppError("upstream_timeout");
  return await answerNobody(admitted, underWay);
}

/**
 * Nobody is there to read the answer. What was asked of the provider is charged by its policy, never by its maximum; what
 * no provider was asked is free.
 */
async function answerNobody({ record }: AdmittedCall, underWay: boolean): Promise<Answer> {
  const settled = record.end({
    outcome: "aborted",
    status: CLIENT_GONE_STATUS,
    code: null,
    summary: underWay ? NOTHING_DELIVERED : null,
    firstByteAtMs: null,
  });
  await settled;
  return { response: new Response(null, { status: 204 }), settled };
}

function answerContext(context: GatewayContext, { call, record }: AdmittedCall, lane: Lane): AnswerContext {
  return {
    requestId: context.var.requestId,
    model: lane.target.model.id,
    createdSeconds: Math.floor(context.var.startedAtMs / MS_PER_SECOND),
    meter: {
      units: (usage) => record.unitsOf(usage),
      costUsd: (usage) => (call.includeCost ? record.costOf(usage) : null),
    },
  };
}

async function readWhole(
  context: GatewayContext,
  admitted: AdmittedCall,
  lane: Lane,
  request: UpstreamRequest,
  response: UpstreamResponse,
): Promise<WholeResult> {
  const body = await readWholeBody(response.reader, context.var.services.limits.responseBytes);
  if (body.type === "aborted") return { ok: false, aborted: true };
  if (body.type === "fault") return { ok: false, aborted: false, fault: body.fault };
  const answered = answerContext(context, admitted, lane);
  const decoded = decodeBody(body, request, response);
  if ("retryable" in decoded) return { ok: false, aborted: false, fault: decoded };
  const whole = admitted.call.readAnswer(decoded, request, answered);
  if (whole.summary.end === "complete") return { ok: true, response, whole };
  return { ok: false, aborted: false, fault: upstreamFault("upstream_error", true, response.status) };
}

function answerWhole(
  context: GatewayContext,
  { record }: AdmittedCall,
  { lane, request, response: upstream }: Answering,
  answer: WholeAnswer,
): Answer {
  const firstByteAtMs = context.var.services.clock.nowMs();
  const costUsd = record.costOfAnswer(answer.summary);
  const settled = record.end({
    outcome: context.req.raw.signal.aborted ? "aborted" : "completed",
    status: upstream.status,
    code: null,
    summary: answer.summary,
    firstByteAtMs,
  });
  const response = new Response(answer.body, {
    headers: [
      ["content-type", answer.contentType],
      ...callHeaders(lane.target, record.attempts, firstByteAtMs - context.var.startedAtMs, costUsd),
      ...droppedHeaders(request.droppedParams),
    ],
  });
  return { response, settled };
}

/** The body as the operation's callers read it; where the provider's own is no answer, an empty one, which none is either. */
function decodeBody(
  { bytes, text }: { readonly bytes: Uint8Array; readonly text: string },
  { decodeAnswer }: UpstreamRequest,
  { headers }: UpstreamResponse,
): WholeBody | UpstreamFault {
  const contentType = headers.get("content-type") ?? "";
  if (!decodeAnswer) return { bytes, text, contentType };
  const decoded = decodeAnswer(text) ?? "";
  if (typeof decoded !== "string") return decoded;
  return { bytes: new TextEncoder().encode(decoded), text: decoded, contentType: "application/json" };
}

function answerStream(
  context: GatewayContext,
  admitted: AdmittedCall,
  { lane, request, response: upstream }: Answering,
): Answer {
  const { call, record } = admitted;
  const { clock, limits, timer } = context.var.services;
  const tap = call.createTap(request, answerContext(context, admitted, lane));
  let firstByteAtMs: number | null = null;
  const relay = relayStream({
    reader: upstream.reader,
    tap,
    abortPolicy: abortPolicyOf(lane.target.model, lane.target.endpoint),
    clientSignal: context.req.raw.signal,
    drainMs: limits.drainMs,
    maxMs: leftMs(context),
    timer,
    onProgress: () => record.progress(() => tap.snapshot()),
    onFirstByte: () => {
      firstByteAtMs = clock.nowMs();
    },
    encodeFault: (code) => call.encodeStreamError(new AppError(code), context.var.requestId),
  });
  const settled = relay.ended.then((end) => {
    const { outcome, code, summary } = end;
    const ended = record.end({ outcome, status: upstream.status, code, summary, firstByteAtMs });
    if (lane.ownKey === null) reportStream(context.var.services, lane, end, firstByteAtMs);
    return ended;
  });
  const response = new Response(relay.body, {
    headers: [
      ["content-type", call.streamType ?? "text/event-stream; charset=utf-8"],
      ...callHeaders(lane.target, record.attempts, clock.nowMs() - context.var.startedAtMs, null),
      ...droppedHeaders(request.droppedParams),
    ],
  });
  return { response, settled };
}

/** What a stream that began says about its endpoint: that it broke off, or how fast it was. */
function reportStream(
  { health, clock }: Services,
  { target }: Lane,
  { outcome, code, summary }: RelayEnd,
  firstByteAtMs: number | null,
): void {
  const { id } = target.endpoint;
  if (outcome === "interrupted" && code === "upstream_stream_interrupted") {
    health.record(id, { type: "fault", retryAfterMs: null });
  }
  const { outputTokens, reasoningTokens } = summary.delivered;
  const seconds = firstByteAtMs === null ? 0 : (clock.nowMs() - firstByteAtMs) / MS_PER_SECOND;
  // Shorter ones say more about their first byte than about their speed.
  if (outcome === "completed" && seconds >= THROUGHPUT_SECONDS_MIN) {
    health.recordThroughput(id, (outputTokens + reasoningTokens) / seconds);
  }
}

/** Names are the caller's own members, read against our schemas: they hold no text of anybody's. */
function droppedHeaders(droppedParams: readonly string[]): [string, string][] {
  return droppedParams.length === 0 ? [] : [["x-prismatic-dropped-params", droppedParams.join(", ")]];
}

/** What is left of the request's whole time. The hold was opened later, so its sweep comes after this bound. */
function leftMs(context: GatewayContext): number {
  const { clock, limits } = context.var.services;
  return Math.max(0, context.var.startedAtMs + limits.requestMs - clock.nowMs());
}

/**
 * Before there is a stream to relay: the whole request's time bounds the call, and a client that leaves ends it, at once
 * or after a bounded wait for its usage, as the abort policy says. `release` hands both over to the relay; a wait that
 * has begun goes on, because the bound counts from the client's leaving, also where the stream begins within it.
 */
function boundCall(
  context: GatewayContext,
  { record }: AdmittedCall,
): { readonly signal: AbortSignal; release(): void } {
  const { limits, timer } = context.var.services;
  const { signal: clientSignal } = context.req.raw;
  const hangUp = new AbortController();
  const stopTimer = timer.start(() => hangUp.abort(), leftMs(context));
  const onLeave = (): void => {
    const { model, endpoint } = record.target;
    if (abortPolicyOf(model, endpoint) === "cancel") hangUp.abort();
    else timer.start(() => hangUp.abort(), limits.drainMs);
  };
  if (clientSignal.aborted) onLeave();
  else clientSignal.addEventListener("abort", onLeave, { once: true });
  return {
    signal: hangUp.signal,
    release() {
      stopTimer();
      clientSignal.removeEventListener("abort", onLeave);
    },
  };
}
