import { AppError } from "#kernel";
import type { StreamTap } from "#wire";
import type { Services } from "../compose.ts";
import type { GatewayContext } from "../context.ts";
import { refusalError } from "../refusal-error.ts";
import { abortPolicyOf } from "./abort-policy.ts";
import type { AdmittedCall, Answer, Answering } from "./admitted-call.ts";
import { answerContext } from "./answer-context.ts";
import type { Lane } from "./lane.ts";
import { leftMs } from "./left-ms.ts";
import { relayStream, type RelayEnd, type RollingRelay } from "./relay-stream.ts";
import { respondWith } from "./respond-with.ts";
import { callHeaders, droppedHeaders } from "./response-headers.ts";
import { RollingHold } from "./rolling-hold.ts";

const MS_PER_SECOND = 1_000;
const THROUGHPUT_SECONDS_MIN = 0.5;

/** Relays an answer that has begun to stream, and ends its call when it ends. */
export function answerStream(
  context: GatewayContext,
  admitted: AdmittedCall,
  { lane, request, response: upstream }: Answering,
): Answer {
  const { call, record } = admitted;
  const { clock, limits, timer } = context.get("services");
  const hold = rollingHold(context, admitted, lane);
  const tap = call.createTap(request, answerContext(context, admitted, lane, hold));
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
    encodeFault: (code) => call.encodeStreamError(new AppError(code), context.get("requestId")),
    rolling: rollingRelay(context, admitted, hold, tap),
  });
  const settled = relay.ended.then((end) => {
    const { outcome, code, summary } = end;
    const cover = hold && { cover: hold.cover.bind(hold) };
    const ended = record.end({ outcome, status: upstream.status, code, summary, firstByteAtMs, ...cover });
    if (lane.ownKey === null) reportStream(context.get("services"), lane, end, firstByteAtMs);
    return ended;
  });
  const response = respondWith(context, relay.body, [
    ["content-type", call.streamType ?? "text/event-stream; charset=utf-8"],
    ...callHeaders(lane.target, record.attempts, clock.nowMs() - context.get("startedAtMs"), null),
    ...droppedHeaders(request.droppedParams),
  ]);
  return { response, settled };
}

/** What is held grows where all that the model says is seen; null: it was held whole. */
function rollingHold(
  context: GatewayContext,
  { call, admission, record }: AdmittedCall,
  lane: Lane,
): RollingHold | null {
  const { baseNano, output } = lane.target.hold;
  const { outputTokens, heldNano } = admission;
  if (output === null || output.slice === null || outputTokens === null) return null;
  const { timer, limits } = context.get("services");
  const feePerMillion = lane.ownKey === null ? null : limits.byokFeePerMillion;
  return new RollingHold({
    id: context.get("requestId"),
    teller: record.teller,
    timer,
    heldNano,
    cost: { baseNano, price: output.price, feePerMillion },
    sliceTokens: output.slice * call.choices,
    maximumTokens: outputTokens * call.choices,
    costSoFar: (summary) => record.costSoFar(summary),
  });
}

function rollingRelay(
  context: GatewayContext,
  { call, record }: AdmittedCall,
  hold: RollingHold | null,
  { gated }: StreamTap,
): RollingRelay | null {
  if (hold === null) return null;
  if (!gated) throw new AppError("internal_error");
  return {
    hold,
    tap: gated,
    usageOf: (summary) => record.usageSoFar(summary),
    encodeRefusal: (refusal) => call.encodeStreamError(refusalError(refusal), context.get("requestId"), true),
  };
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
