import { AppError } from "#kernel";
import {
  readWholeBody,
  upstreamFault,
  type UpstreamFault,
  type UpstreamRequest,
  type UpstreamResponse,
} from "#providers";
import type { GatewayContext } from "../context.ts";
import { abortPolicyOf } from "./abort-policy.ts";
import type { AdmittedCall, Answer, Answering } from "./admitted-call.ts";
import { answerContext } from "./answer-context.ts";
import { attemptUpstream, type WholeResult } from "./attempt-upstream.ts";
import type { CallRecord } from "./call-record.ts";
import type { Lane } from "./lane.ts";
import { leftMs } from "./left-ms.ts";
import { loadStreams } from "./load-streams.ts";
import type { PreparedCall, WholeAnswer, WholeBody } from "./prepared-call.ts";
import { NOTHING_DELIVERED } from "./nothing-delivered.ts";
import { healthOutcome } from "./health-outcome.ts";
import { respondWith } from "./respond-with.ts";
import { callHeaders, droppedHeaders } from "./response-headers.ts";

/** The status of a call whose client had left before there was anything to send (nginx's 499; nobody receives it). */
const CLIENT_GONE_STATUS = 499;

/** Makes the call and relays its answer. Throws AppError where there is none; the hold is ended in every case. */
export async function answerCall(context: GatewayContext, admitted: AdmittedCall): Promise<Answer> {
  const bounds = boundCall(context, admitted);
  try {
    const { call, admission, record } = admitted;
    const lanes = admitted.lanes.filter(({ target }) => call.canAsk?.(target.provider.spec) ?? true);
    const services = context.get("services");
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
      startedAtMs: context.get("startedAtMs"),
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
      const { answerStream } = await loadStreams();
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
    firstByteAtMs: context.get("services").clock.nowMs(),
  });
  const [lane] = lanes;
  const response = respondWith(context, answer.body, [
    ["content-type", answer.contentType],
    ["x-prismatic-token-count", "estimated"],
    ...(lane ? callHeaders(lane.target, record.attempts, 0, null) : []),
  ]);
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

async function readWhole(
  context: GatewayContext,
  admitted: AdmittedCall,
  lane: Lane,
  request: UpstreamRequest,
  response: UpstreamResponse,
): Promise<WholeResult> {
  const body = await readWholeBody(response.reader, context.get("services").limits.responseBytes);
  if (body.type === "aborted") return { ok: false, aborted: true };
  if (body.type === "fault") return { ok: false, aborted: false, fault: body.fault };
  const answered = answerContext(context, admitted, lane, null);
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
  const firstByteAtMs = context.get("services").clock.nowMs();
  const costUsd = record.costOfAnswer(answer.summary);
  const settled = record.end({
    outcome: context.req.raw.signal.aborted ? "aborted" : "completed",
    status: upstream.status,
    code: null,
    summary: answer.summary,
    firstByteAtMs,
  });
  const response = respondWith(context, answer.body, [
    ["content-type", answer.contentType],
    ...callHeaders(lane.target, record.attempts, firstByteAtMs - context.get("startedAtMs"), costUsd),
    ...droppedHeaders(request.droppedParams),
  ]);
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

/**
 * Before there is a stream to relay: the whole request's time bounds the call, and a client that leaves ends it, at once
 * or after a bounded wait for its usage, as the abort policy says. `release` hands both over to the relay; a wait that
 * has begun goes on, because the bound counts from the client's leaving, also where the stream begins within it.
 */
function boundCall(
  context: GatewayContext,
  { record }: AdmittedCall,
): { readonly signal: AbortSignal; release(): void } {
  const { limits, timer } = context.get("services");
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
