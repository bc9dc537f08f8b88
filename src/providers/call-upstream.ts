import type { Clock } from "#kernel";
import type { ProviderAdapter, ProviderSettings, UpstreamFault, UpstreamRequest } from "./spec.ts";
import type { Timer } from "./timer.ts";
import { upstreamFault } from "./upstream-fault.ts";
import { createUpstreamReader, type UpstreamReader } from "./upstream-reader.ts";

/** What of an error answer is read at most; codes stand at its start. */
export const MAX_ERROR_BODY_BYTES = 64 * 1024;

/** Bounds on one upstream call. A whole (not streamed) answer begins when it is done, so its first bound is the long one. */
export interface UpstreamTimeouts {
  /** To the answer's headers, and again to its first chunk. */
  readonly firstByteMs: number;
  readonly idleMs: number;
}

export interface UpstreamCall {
  readonly adapter: Pick<ProviderAdapter, "mapError">;
  readonly settings: ProviderSettings;
  readonly request: UpstreamRequest;
  /** Our own side's abort: a client that is gone, a deadline that has passed. */
  readonly signal: AbortSignal;
  readonly timeouts: UpstreamTimeouts;
  readonly timer: Timer;
  readonly clock: Clock;
}

/** `aborted` is nobody's fault and has none. */
export type UpstreamResult =
  | { readonly ok: true; readonly response: UpstreamResponse }
  | { readonly ok: false; readonly aborted: false; readonly fault: UpstreamFault }
  | { readonly ok: false; readonly aborted: true };

export interface UpstreamResponse {
  readonly status: number;
  /** For `openai-processing-ms` and the like; none of it is relayed unread. */
  readonly headers: Headers;
  readonly reader: UpstreamReader;
}

/**
 * Makes one attempt at one endpoint. Every outcome is a value: an answer whose body has yet to be read, a fault in our
 * codes, or our own abort. Redirects are not followed and error bodies are read to a bound, for their codes only.
 */
export async function callUpstream(call: UpstreamCall): Promise<UpstreamResult> {
  const { signal, timer, timeouts } = call;
  if (signal.aborted) return { ok: false, aborted: true };
  const connection = new AbortController();
  let timedOut = false;
  const stopTimer = timer.start(() => {
    timedOut = true;
    connection.abort();
  }, timeouts.firstByteMs);
  try {
    const response = await connect(call, connection);
    if (response) return await judge(call, response, connection);
    if (signal.aborted) return { ok: false, aborted: true };
    return failed(upstreamFault(timedOut ? "upstream_timeout" : "upstream_error", true));
  } finally {
    stopTimer();
  }
}

/** Null where no answer began. What the platform says about it may hold addresses, so it is not kept. */
async function connect(
  { settings, request, signal }: UpstreamCall,
  connection: AbortController,
): Promise<Response | null> {
  try {
    return await settings.fetch(request.url, {
      method: "POST",
      headers: request.headers,
      body: request.body,
      signal: AbortSignal.any([signal, connection.signal]),
      redirect: "manual",
    });
  } catch {
    return null;
  }
}

async function judge(call: UpstreamCall, response: Response, connection: AbortController): Promise<UpstreamResult> {
  const { status, headers } = response;
  const reader = createUpstreamReader({
    body: response.body ?? new Blob([]).stream(),
    status,
    timer: call.timer,
    clock: call.clock,
    firstChunkMs: call.timeouts.firstByteMs,
    idleMs: call.timeouts.idleMs,
    signal: call.signal,
    hangUp: () => connection.abort(),
  });
  if (status !== 200) {
    const bodyText = await readErrorText(reader);
    if (call.signal.aborted) return { ok: false, aborted: true };
    return failed(call.adapter.mapError({ status, headers, bodyText, nowMs: call.clock.nowMs() }));
  }
  const { answerTypes } = call.request;
  if (answerTypes.length > 0 && !answerTypes.includes(mediaType(headers))) {
    reader.cancel();
    return failed(upstreamFault("upstream_error", true, status));
  }
  return { ok: true, response: { status, headers, reader } };
}

/** The first part of an error body. One that is slow, broken or long costs its codes and nothing else. */
async function readErrorText(reader: UpstreamReader): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  while (length < MAX_ERROR_BODY_BYTES) {
    const result = await reader.read();
    if (result.type !== "chunk") return text;
    length += result.bytes.length;
    text += decoder.decode(result.bytes, { stream: true });
  }
  reader.cancel();
  return text;
}

function mediaType(headers: Headers): string {
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  return type.trim().toLowerCase();
}

function failed(fault: UpstreamFault): UpstreamResult {
  return { ok: false, aborted: false, fault };
}
