import { AppError, ERRORS, type ErrorCode } from "#kernel";
import type { Admission } from "#admission";
import { faultToError, readWholeBody, type UpstreamRequest, type UpstreamResponse } from "#providers";
import { addUsageCost, encodeStreamError } from "#wire";
import type { GatewayContext } from "../context.ts";
import { abortPolicyOf } from "./abort-policy.ts";
import { attemptUpstream } from "./attempt-upstream.ts";
import type { CallRecord } from "./call-record.ts";
import type { Target } from "./find-target.ts";
import type { PreparedCall } from "./prepared-call.ts";
import { NOTHING_DELIVERED } from "./nothing-delivered.ts";
import { relayStream } from "./relay-stream.ts";
import { callHeaders } from "./response-headers.ts";

export interface AdmittedCall {
  readonly call: PreparedCall;
  readonly target: Target;
  readonly admission: Admission;
  readonly record: CallRecord;
}

export interface Answer {
  readonly response: Response;
  /** Resolves when the hold is ended; the response may still be on its way, or long gone. */
  readonly settled: Promise<void>;
}

/** The status of a call whose client had left before there was anything to send (nginx's 499; nobody receives it). */
const CLIENT_GONE_STATUS = 499;

/** Makes the call and relays its answer. Throws AppError where there is none; the hold is ended in every case. */
export async function answerCall(context: GatewayContext, admitted: AdmittedCall): Promise<Answer> {
  const bounds = boundCall(context, admitted);
  try {
    const { call, target, admission, record } = admitted;
    const { spec, settings } = target.provider;
    const request = await spec.encodeRequest(
      settings,
      call.providerCall(target.endpoint.upstreamModel, admission.outputTokens),
    );
    const result = await attemptUpstream({
      services: context.var.services,
      target,
      request,
      signal: bounds.signal,
      clientSignal: context.req.raw.signal,
      startedAtMs: context.var.startedAtMs,
      attempts: record.attempts,
    });
    if (result.type === "failed") throw result.error;
    if (result.type === "aborted") return await answerHungUp(context, admitted);
    if (!call.streamed) return await answerWhole(context, admitted, result.response);
    return answerStream(context, admitted, request, result.response);
  } catch (error) {
    failCall(context, admitted.record, error);
    throw error;
  } finally {
    bounds.release();
  }
}

/**
 * Ends a call that yields no answer: nothing was delivered, so nothing is charged. The error does not wait for it: the
 * platform keeps the request alive for the settle, and the durable hold stands behind both.
 */
function failCall(context: GatewayContext, record: CallRecord, error: unknown): void {
  const code: ErrorCode = error instanceof AppError ? error.code : "internal_error";
  context.executionCtx.waitUntil(
    record.end({ outcome: "failed", status: ERRORS[code].status, code, summary: null, firstByteAtMs: null }),
  );
}

/** Our own side hung up: the client is gone, or the request's whole time is over and somebody still waits. */
async function answerHungUp(context: GatewayContext, admitted: AdmittedCall): Promise<Answer> {
  if (!context.req.raw.signal.aborted) throw new AppError("upstream_timeout");
  return await answerNobody(admitted);
}

/** Nobody is there to read the answer. What was asked of the provider is charged by its policy, never by its maximum. */
async function answerNobody({ record }: AdmittedCall): Promise<Answer> {
  const settled = record.end({
    outcome: "aborted",
    status: CLIENT_GONE_STATUS,
    code: null,
    summary: NOTHING_DELIVERED,
    firstByteAtMs: null,
  });
  await settled;
  return { response: new Response(null, { status: 204 }), settled };
}

async function answerWhole(
  context: GatewayContext,
  admitted: AdmittedCall,
  upstream: UpstreamResponse,
): Promise<Answer> {
  const { call, record, target } = admitted;
  const { clock, limits } = context.var.services;
  const body = await readWholeBody(upstream.reader, limits.responseBytes);
  if (body.type === "aborted") return await answerHungUp(context, admitted);
  if (body.type === "fault") throw faultToError(body.fault);
  const summary = call.readAnswer(body.text);
  if (summary.end !== "complete") throw new AppError("upstream_error");
  const firstByteAtMs = clock.nowMs();
  const costUsd = record.costOfAnswer(summary);
  const settled = record.end({
    outcome: context.req.raw.signal.aborted ? "aborted" : "completed",
    status: upstream.status,
    code: null,
    summary,
    firstByteAtMs,
  });
  const response = new Response(call.includeCost ? addUsageCost(body.text, costUsd) : body.bytes, {
    headers: [
      ["content-type", "application/json"],
      ...callHeaders(target, record.attempts, firstByteAtMs - context.var.startedAtMs, costUsd),
    ],
  });
  return { response, settled };
}

function answerStream(
  context: GatewayContext,
  { call, target, record }: AdmittedCall,
  request: UpstreamRequest,
  upstream: UpstreamResponse,
): Answer {
  const { clock, limits, timer } = context.var.services;
  const tap = call.createTap(request.dropUsageChunk, call.includeCost ? (usage) => record.costOf(usage) : null);
  let firstByteAtMs: number | null = null;
  const relay = relayStream({
    reader: upstream.reader,
    tap,
    abortPolicy: abortPolicyOf(target.model, target.endpoint),
    clientSignal: context.req.raw.signal,
    drainMs: limits.drainMs,
    maxMs: leftMs(context),
    timer,
    onProgress: () => record.progress(() => tap.snapshot()),
    onFirstByte: () => {
      firstByteAtMs = clock.nowMs();
    },
    encodeFault: (code) => encodeStreamError(new AppError(code), context.var.requestId),
  });
  const settled = relay.ended.then(({ outcome, code, summary }) =>
    record.end({ outcome, status: upstream.status, code, summary, firstByteAtMs }),
  );
  const response = new Response(relay.body, {
    headers: [
      ["content-type", "text/event-stream; charset=utf-8"],
      ...callHeaders(target, record.attempts, clock.nowMs() - context.var.startedAtMs, null),
    ],
  });
  return { response, settled };
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
  { target }: AdmittedCall,
): { readonly signal: AbortSignal; release(): void } {
  const { limits, timer } = context.var.services;
  const { signal: clientSignal } = context.req.raw;
  const hangUp = new AbortController();
  const stopTimer = timer.start(() => hangUp.abort(), leftMs(context));
  const onLeave = (): void => {
    if (abortPolicyOf(target.model, target.endpoint) === "cancel") hangUp.abort();
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
