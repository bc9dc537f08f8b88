import { AppError, ERRORS, type ErrorCode } from "#kernel";
import type { Admission } from "#admission";
import { faultToError, readWholeBody, type UpstreamRequest, type UpstreamResponse } from "#providers";
import { addUsageCost, encodeStreamError, type AnswerSummary } from "#wire";
import type { GatewayContext } from "../context.ts";
import { attemptUpstream } from "./attempt-upstream.ts";
import type { CallRecord } from "./call-record.ts";
import type { Target } from "./find-target.ts";
import type { PreparedCall } from "./prepared-call.ts";
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
  const hangUp = new AbortController();
  const clientSignal = context.req.raw.signal;
  const stopWatching = hangUpWithClient(context, admitted, hangUp);
  try {
    const { call, target, admission, record } = admitted;
    const { spec, settings } = target.provider;
    const request = spec.encodeRequest(
      settings,
      call.providerCall(target.endpoint.upstreamModel, admission.outputTokens),
    );
    const result = await attemptUpstream({
      services: context.var.services,
      target,
      request,
      signal: hangUp.signal,
      clientSignal,
      startedAtMs: context.var.startedAtMs,
      attempts: record.attempts,
    });
    if (result.type === "answer") {
      if (!call.streamed) return await answerWhole(context, admitted, result.response);
      stopWatching();
      return answerStream(context, admitted, { request, upstream: result.response, clientSignal });
    }
    if (result.type === "aborted") return await answerNobody(admitted, null);
    throw result.error;
  } catch (error) {
    await failCall(admitted.record, error);
    throw error;
  } finally {
    stopWatching();
  }
}

/** Ends a call that yields no answer: nothing was delivered, so nothing is charged. */
async function failCall(record: CallRecord, error: unknown): Promise<void> {
  const code: ErrorCode = error instanceof AppError ? error.code : "internal_error";
  await record.end({ outcome: "failed", status: ERRORS[code].status, code, summary: null, firstByteAtMs: null });
}

/** Nobody is there to read the answer. What was asked of the provider is charged by its policy, never by its maximum. */
async function answerNobody({ record }: AdmittedCall, summary: AnswerSummary | null): Promise<Answer> {
  const settled = record.end({
    outcome: "aborted",
    status: CLIENT_GONE_STATUS,
    code: null,
    summary: summary ?? NOTHING_DELIVERED,
    firstByteAtMs: null,
  });
  await settled;
  return { response: new Response(null, { status: 204 }), settled };
}

const NOTHING_DELIVERED: AnswerSummary = {
  end: "interrupted",
  usage: null,
  finishReasons: [],
  delivered: { events: 0, textBytes: 0, toolBytes: 0, outputTokens: 0, reasoningTokens: 0 },
  error: null,
};

async function answerWhole(
  context: GatewayContext,
  admitted: AdmittedCall,
  upstream: UpstreamResponse,
): Promise<Answer> {
  const { call, record, target } = admitted;
  const { clock, limits } = context.var.services;
  const body = await readWholeBody(upstream.reader, limits.responseBytes);
  if (body.type === "aborted") return await answerNobody(admitted, null);
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
  {
    request,
    upstream,
    clientSignal,
  }: { request: UpstreamRequest; upstream: UpstreamResponse; clientSignal: AbortSignal },
): Answer {
  const { clock, limits, timer } = context.var.services;
  const tap = call.createTap(request.dropUsageChunk, call.includeCost ? (usage) => record.costOf(usage) : null);
  let firstByteAtMs: number | null = null;
  const relay = relayStream({
    reader: upstream.reader,
    tap,
    abortPolicy: target.endpoint.abort,
    clientSignal,
    drainMs: limits.drainMs,
    maxMs: limits.requestMs,
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

/**
 * Before there is a stream to relay: a client that leaves ends the upstream call, at once or after a bounded wait for
 * its usage, as the endpoint's abort policy says. Returns the function that stops watching. A wait that has begun goes
 * on: the bound counts from the client's leaving, also where the stream begins within it.
 */
function hangUpWithClient(context: GatewayContext, { target }: AdmittedCall, hangUp: AbortController): () => void {
  const { limits, timer } = context.var.services;
  const { signal } = context.req.raw;
  const onLeave = (): void => {
    if (target.endpoint.abort === "cancel") hangUp.abort();
    else timer.start(() => hangUp.abort(), limits.drainMs);
  };
  if (signal.aborted) onLeave();
  else signal.addEventListener("abort", onLeave, { once: true });
  return () => signal.removeEventListener("abort", onLeave);
}
