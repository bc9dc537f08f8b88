import type { Clock } from "#kernel";
import type { UpstreamFault } from "./spec.ts";
import type { Timer } from "./timer.ts";
import { upstreamFault } from "./upstream-fault.ts";

/** `aborted`: our own side hung up. A fault after the first chunk is never a reason to retry (G21). */
export type ReadResult =
  | { readonly type: "chunk"; readonly bytes: Uint8Array }
  | { readonly type: "end" }
  | { readonly type: "aborted" }
  | { readonly type: "fault"; readonly fault: UpstreamFault };

/** An upstream's body, read one chunk at a time: back-pressure is the caller's not asking for the next. */
export interface UpstreamReader {
  /** One at a time. After anything but a chunk it gives the same answer again. */
  read(): Promise<ReadResult>;
  /** Hangs up. Safe at any time and more than once. */
  cancel(): void;
}

export interface ReaderOptions {
  readonly body: ReadableStream<Uint8Array>;
  readonly status: number;
  readonly timer: Timer;
  readonly clock: Clock;
  /** The longest wait for the first chunk, and between two chunks. Time in which nobody reads does not count (G25). */
  readonly firstChunkMs: number;
  readonly idleMs: number;
  /** Our own side's abort. */
  readonly signal: AbortSignal;
  /** Closes the connection. */
  readonly hangUp: () => void;
}

/** Wraps a body so that a silent upstream ends in a fault. One timer per idle period, none per chunk. */
export function createUpstreamReader(options: ReaderOptions): UpstreamReader {
  const { status, timer, clock, signal } = options;
  const reader = options.body.getReader();
  let limitMs = options.firstChunkMs;
  let waitingSinceMs: number | null = null;
  let timedOut = false;
  let ended: ReadResult | null = null;
  let stopTimer = (): void => {};

  const cancel = (): void => {
    stopTimer();
    options.hangUp();
    // Cancelling also settles a read that is under way; a body that is already broken rejects, and that is known.
    reader.cancel().catch(() => undefined);
  };
  const end = (result: ReadResult): ReadResult => {
    stopTimer();
    ended = result;
    return result;
  };
  const check = (): void => {
    const waitedMs = waitingSinceMs === null ? 0 : clock.nowMs() - waitingSinceMs;
    if (waitedMs < limitMs) {
      stopTimer = timer.start(check, limitMs - waitedMs);
      return;
    }
    timedOut = true;
    cancel();
  };
  const why = (): ReadResult => {
    if (signal.aborted) return { type: "aborted" };
    if (timedOut) return { type: "fault", fault: upstreamFault("upstream_timeout", true, status) };
    return { type: "fault", fault: upstreamFault("upstream_stream_interrupted", true, status) };
  };
  stopTimer = timer.start(check, limitMs);

  // Plain callbacks: an async function around each read would cost two more promises for every chunk of every stream.
  const take = ({ done, value }: Awaited<ReturnType<typeof reader.read>>): ReadResult => {
    waitingSinceMs = null;
    if (ended) return ended;
    if (signal.aborted || timedOut) return end(why());
    if (done) return end({ type: "end" });
    limitMs = options.idleMs;
    return { type: "chunk", bytes: value };
  };
  const breakOff = (): ReadResult => {
    waitingSinceMs = null;
    return ended ?? end(why());
  };

  return {
    read() {
      if (ended) return Promise.resolve(ended);
      waitingSinceMs = clock.nowMs();
      return reader.read().then(take, breakOff);
    },
    cancel() {
      ended ??= { type: "aborted" };
      cancel();
    },
  };
}

export type BodyResult =
  | { readonly type: "body"; readonly bytes: Uint8Array; readonly text: string }
  | Exclude<ReadResult, { type: "chunk" } | { type: "end" }>;

/** Reads a whole answer of at most `maxBytes`; a longer one is cancelled: `response_too_large`. */
export async function readWholeBody(reader: UpstreamReader, maxBytes: number): Promise<BodyResult> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const result = await reader.read();
    if (result.type === "end") break;
    if (result.type !== "chunk") return result;
    length += result.bytes.length;
    if (length > maxBytes) {
      reader.cancel();
      return { type: "fault", fault: upstreamFault("response_too_large", false) };
    }
    chunks.push(result.bytes);
  }
  const [only] = chunks;
  const bytes = chunks.length === 1 && only ? only : join(chunks, length);
  return { type: "body", bytes, text: new TextDecoder().decode(bytes) };
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
