import { AppError, type Attempt, type Clock, type RandomBytes } from "#kernel";
import {
  callUpstream,
  faultToError,
  type Timer,
  type UpstreamRequest,
  type UpstreamResponse,
  type UpstreamResult,
} from "#providers";
import { shouldRetry } from "#routing";
import type { Limits } from "../settings.ts";
import { awaitFirstChunk } from "./await-first-chunk.ts";
import type { Target } from "./find-target.ts";

/** What of the gateway's services an attempt needs. */
interface AttemptServices {
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly timer: Timer;
  readonly limits: Limits;
}

export interface AttemptOptions {
  readonly services: AttemptServices;
  readonly target: Target;
  readonly request: UpstreamRequest;
  /** Our own abort: the client is gone, or the request's whole time is over. */
  readonly signal: AbortSignal;
  /** The client's own: it may be gone while an answer is still awaited for its usage. */
  readonly clientSignal: AbortSignal;
  readonly startedAtMs: number;
  /** Each attempt is added as it ends. */
  readonly attempts: Attempt[];
}

export type AttemptResult =
  | { readonly type: "answer"; readonly response: UpstreamResponse }
  | { readonly type: "aborted" }
  | { readonly type: "failed"; readonly error: AppError };

/** Calls the endpoint until it answers, within the bounds of `shouldRetry`. No output has begun here (trap G21). */
export async function attemptUpstream(options: AttemptOptions): Promise<AttemptResult> {
  const { services, target, signal, attempts } = options;
  const { clock, limits, random, timer } = services;
  // Nobody waits for another attempt then, so nobody shall pay for one.
  const isClientGone = (): boolean => options.clientSignal.aborted;
  for (;;) {
    const attemptAtMs = clock.nowMs();
    const begun = await callUpstream({
      spec: target.provider.spec,
      settings: target.provider.settings,
      request: options.request,
      signal,
      timeouts: {
        firstByteMs: options.request.stream ? limits.firstByteMs : limits.wholeAnswerMs,
        idleMs: limits.idleMs,
      },
      timer,
      clock,
    });
    // A stream that dies between its head and its first byte has given the client nothing: it may be tried again.
    const result = begun.ok && options.request.stream ? await awaitFirstChunk(begun.response) : begun;
    attempts.push(attemptOf(target, result, clock.nowMs() - attemptAtMs));
    if (result.ok) return { type: "answer", response: result.response };
    if (result.aborted) return { type: "aborted" };
    const decision = shouldRetry(
      {
        fault: result.fault,
        attempt: attempts.length,
        outputStarted: false,
        elapsedMs: clock.nowMs() - options.startedAtMs,
        deadlineMs: limits.requestMs,
      },
      random,
    );
    if (!decision.retry || isClientGone()) return { type: "failed", error: faultToError(result.fault) };
    await waitUnless(signal, decision.waitMs, services);
    if (signal.aborted) return { type: "aborted" };
    if (isClientGone()) return { type: "failed", error: faultToError(result.fault) };
  }
}

function attemptOf(target: Target, result: UpstreamResult, durationMs: number): Attempt {
  const fault = !result.ok && !result.aborted ? result.fault : null;
  return {
    endpoint: target.endpoint.id,
    provider: target.endpoint.provider,
    status: result.ok ? result.response.status : (fault?.status ?? null),
    code: fault?.code ?? null,
    duration_ms: durationMs,
  };
}

/** Waits, or not so long when the signal aborts. */
async function waitUnless(signal: AbortSignal, waitMs: number, { timer }: AttemptServices): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const stopTimer = timer.start(() => resolve(undefined), waitMs);
  const onAbort = () => resolve(undefined);
  signal.addEventListener("abort", onAbort, { once: true });
  await promise;
  stopTimer();
  signal.removeEventListener("abort", onAbort);
}
