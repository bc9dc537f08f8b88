import { AppError, type Attempt, type Clock, type RandomBytes } from "#kernel";
import {
  callUpstream,
  faultToError,
  settingsWith,
  type ProviderAdapter,
  type ProviderSettings,
  type Timer,
  type UpstreamFault,
  type UpstreamRequest,
  type UpstreamResponse,
  type UpstreamResult,
} from "#providers";
import { nextStep } from "#routing";
import type { Limits } from "../settings.ts";
import { awaitFirstChunk } from "./await-first-chunk.ts";
import type { KeyRing } from "./key-ring.ts";
import type { Lane } from "./lane.ts";
import type { WholeAnswer } from "./prepared-call.ts";

const NOT_FOUND = 404;

/** What of the gateway's services an attempt needs. */
interface AttemptServices {
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly timer: Timer;
  readonly limits: Limits;
  readonly keyRing: KeyRing;
}

export interface AttemptOptions {
  readonly services: AttemptServices;
  /** In the order in which they are tried. Never empty. */
  readonly lanes: readonly Lane[];
  /** The request for one lane. Throws AppError where its target cannot honour what the caller asks for. */
  readonly encode: (
    lane: Lane,
    adapter: ProviderAdapter,
    settings: ProviderSettings,
  ) => UpstreamRequest | Promise<UpstreamRequest>;
  /** Our own abort: the client is gone, or the request's whole time is over. */
  readonly signal: AbortSignal;
  /** The client's own: it may be gone while an answer is still awaited for its usage. */
  readonly clientSignal: AbortSignal;
  readonly startedAtMs: number;
  /** Each attempt is added as it ends. */
  readonly attempts: Attempt[];
  /** Reads a whole (not streamed) answer: one that is torn, or none, is a failed attempt, as nobody has seen any of it. */
  readonly readWhole: (
    lane: Lane,
    adapter: ProviderAdapter,
    request: UpstreamRequest,
    response: UpstreamResponse,
  ) => Promise<WholeResult>;
  /** Told of the lane before its attempt, and of what came of it. */
  readonly onBegin: (lane: Lane) => void;
  readonly onOutcome: (lane: Lane, outcome: AttemptOutcome) => void;
}

/** An answer, read whole or begun (`whole` is null then), or why there is none. */
export type WholeResult =
  | { readonly ok: true; readonly response: UpstreamResponse; readonly whole: WholeAnswer | null }
  | Extract<UpstreamResult, { ok: false }>;

/** What the health of an endpoint hears of one attempt. */
export interface AttemptOutcome {
  readonly fault: UpstreamFault | null;
  readonly durationMs: number;
}

export type AttemptResult =
  | {
      readonly type: "answer";
      readonly lane: Lane;
      readonly adapter: ProviderAdapter;
      readonly request: UpstreamRequest;
      readonly response: UpstreamResponse;
      /** Null for a stream, which has only begun. */
      readonly whole: WholeAnswer | null;
    }
  /** Our own side hung up. `underWay`: while a provider worked on it, which may bill what it had done by then. */
  | { readonly type: "aborted"; readonly underWay: boolean }
  | { readonly type: "failed"; readonly error: AppError };

/** Calls the lanes in turn until one answers, within the bounds of `nextStep`. No output has begun here (trap G21). */
export async function attemptUpstream(options: AttemptOptions): Promise<AttemptResult> {
  const { services, lanes, signal, attempts } = options;
  const { clock, random } = services;
  let refusal: AppError | null = null;
  let lastError: AppError | null = null;
  for (let at = 0, attemptHere = 1; ;) {
    const lane = lanes[at];
    if (!lane) return { type: "failed", error: lastError ?? refusal ?? new AppError("internal_error") };
    const tried = await attemptLane(options, lane);
    if (tried.type === "unfit") {
      refusal ??= tried.error;
      at += 1;
      attemptHere = 1;
      continue;
    }
    if (tried.type !== "fault") return tried;
    lastError = faultToError(tried.fault);
    const step = nextStep(
      {
        fault: tried.fault,
        attemptHere,
        attemptsInAll: attempts.length,
        candidatesLeft: lanes.length - at - 1,
        outputStarted: false,
        elapsedMs: clock.nowMs() - options.startedAtMs,
        deadlineMs: services.limits.requestMs,
      },
      random,
    );
    // Nobody waits for another attempt once the client is gone, so nobody shall pay for one.
    if (step.type === "stop" || options.clientSignal.aborted) return { type: "failed", error: lastError };
    if (step.type === "next") {
      at += 1;
      attemptHere = 1;
      continue;
    }
    attemptHere += 1;
    await waitUnless(signal, step.waitMs, services);
    // Nothing is under way between two attempts, and one that failed is never billed.
    if (signal.aborted || options.clientSignal.aborted) return { type: "failed", error: lastError };
  }
}

type Tried =
  | Extract<AttemptResult, { type: "answer" | "aborted" }>
  | { readonly type: "fault"; readonly fault: UpstreamFault }
  /** This target cannot honour the request; another may. */
  | { readonly type: "unfit"; readonly error: AppError };

async function attemptLane(options: AttemptOptions, lane: Lane): Promise<Tried> {
  const { services, signal, attempts } = options;
  const { clock, limits, timer, keyRing } = services;
  const { provider, endpoint } = lane.target;
  const operatorKey = lane.ownKey === null ? keyRing.choose(provider) : null;
  const settings = settingsWith(provider, lane.ownKey ?? operatorKey?.key ?? null);
  const adapter = await provider.spec.load();
  let request: UpstreamRequest;
  try {
    request = await options.encode(lane, adapter, settings);
  } catch (error) {
    if (!(error instanceof AppError) || error.code === "internal_error") throw error;
    const isOwnKeys = lane.ownKey !== null && error.code === "upstream_rejected";
    return { type: "unfit", error: isOwnKeys ? new AppError("byok_key_rejected") : error };
  }
  if (signal.aborted) return { type: "aborted", underWay: false };
  options.onBegin(lane);
  const attemptAtMs = clock.nowMs();
  const begun = await callUpstream({
    adapter,
    settings,
    request,
    signal,
    timeouts: { firstByteMs: request.stream ? limits.firstByteMs : limits.wholeAnswerMs, idleMs: limits.idleMs },
    timer,
    clock,
  });
  const answered = begun.ok ? await awaitAnswer(options, lane, adapter, request, begun.response) : begun;
  const result = lane.ownKey === null ? answered : blameOwnKey(answered);
  const durationMs = clock.nowMs() - attemptAtMs;
  attempts.push(attemptOf(endpoint, result, durationMs));
  if (result.ok) {
    options.onOutcome(lane, { fault: null, durationMs });
    const { response, whole } = result;
    return { type: "answer", lane, adapter, request, response, whole };
  }
  if (result.aborted) return { type: "aborted", underWay: true };
  const { fault } = result;
  if (operatorKey) keyRing.report(provider, operatorKey, fault);
  options.onOutcome(lane, { fault, durationMs });
  return { type: "fault", fault };
}

/** A stream that dies between its head and its first byte has given the client nothing; nor has a whole answer until it is read. */
async function awaitAnswer(
  options: AttemptOptions,
  lane: Lane,
  adapter: ProviderAdapter,
  request: UpstreamRequest,
  response: UpstreamResponse,
): Promise<WholeResult> {
  if (!request.stream) return options.readWhole(lane, adapter, request, response);
  const begun = await awaitFirstChunk(response);
  return begun.ok ? { ...begun, whole: null } : begun;
}

/**
 * A provider that refuses the customer's own key tells the customer, not us. Whatever its status: Google says 400. What
 * it does not find is the model.
 */
function blameOwnKey(result: WholeResult): WholeResult {
  if (result.ok || result.aborted) return result;
  const { fault } = result;
  const isRefused = fault.code === "upstream_rejected" && fault.status !== NOT_FOUND;
  return isRefused ? { ...result, fault: { ...fault, code: "byok_key_rejected" } } : result;
}

function attemptOf(
  { id, provider }: { readonly id: string; readonly provider: string },
  result: UpstreamResult,
  durationMs: number,
): Attempt {
  const fault = !result.ok && !result.aborted ? result.fault : null;
  return {
    endpoint: id,
    provider,
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
