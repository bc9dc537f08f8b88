import type { AbortPolicy } from "#catalog";
import type { ErrorCode } from "#kernel";
import type { ReadResult, Timer, UpstreamReader } from "#providers";
import type { AnswerSummary, StreamTap } from "#wire";

export interface RelayOptions {
  readonly reader: UpstreamReader;
  readonly tap: StreamTap;
  readonly abortPolicy: AbortPolicy;
  /** Aborts when the client goes away (compatibility flag `enable_request_signal`). */
  readonly clientSignal: AbortSignal;
  readonly drainMs: number;
  /** The longest the stream may last: past it the hold would be swept under it. */
  readonly maxMs: number;
  readonly timer: Timer;
  /** Called after each upstream read, for checkpoints. */
  readonly onProgress: () => void;
  /** Called when the first upstream bytes have come. */
  readonly onFirstByte: () => void;
  /** The in-band event that tells the client why its stream ends early, in its own format. */
  readonly encodeFault: (code: ErrorCode) => Uint8Array;
}

export interface RelayEnd {
  readonly outcome: "completed" | "aborted" | "interrupted";
  readonly code: ErrorCode | null;
  /** All that the tap has seen, whoever read it. */
  readonly summary: AnswerSummary;
}

export interface Relay {
  /** What the client reads. It is pulled: upstream is read only as fast as the client takes (trap G25). */
  readonly body: ReadableStream<Uint8Array>;
  /** Settles exactly once, when no more will be read from upstream. Never rejects. */
  readonly ended: Promise<RelayEnd>;
}

/** Relays an upstream stream to the client through a tap, with a bounded end for every way it can end. */
export function relayStream(options: RelayOptions): Relay {
  const relay = new StreamRelay(options);
  const body = new ReadableStream<Uint8Array>(
    { pull: (controller) => relay.pull(controller), cancel: () => relay.clientLeft() },
    { highWaterMark: 0 },
  );
  return { body, ended: relay.ended };
}

type Controller = ReadableStreamDefaultController<Uint8Array>;

class StreamRelay {
  readonly ended: Promise<RelayEnd>;
  readonly #options: RelayOptions;
  readonly #resolveEnded: (end: RelayEnd) => void;
  #begun = false;
  #left = false;
  #over = false;
  #pending: Promise<void> | null = null;
  #isPastMax = false;
  readonly #stopMax: () => void;

  constructor(options: RelayOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<RelayEnd>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    this.#stopMax = options.timer.start(() => {
      this.#isPastMax = true;
      options.reader.cancel();
    }, options.maxMs);
    if (options.clientSignal.aborted) this.clientLeft();
    else options.clientSignal.addEventListener("abort", () => this.clientLeft(), { once: true });
  }

  /** One turn of the client's pull: reads upstream until there is something to hand on, or the end. */
  pull(controller: Controller): Promise<void> {
    this.#pending = this.#fill(controller);
    return this.#pending;
  }

  /** The client is gone. Upstream is cancelled, or read on for a bounded time where the provider bills to the end. */
  clientLeft(): void {
    if (this.#left || this.#over) return;
    this.#left = true;
    if (this.#options.abortPolicy === "drain") void this.#drain();
    else {
      this.#options.reader.cancel();
      this.#end("aborted", null);
    }
  }

  async #fill(controller: Controller): Promise<void> {
    const { reader, tap } = this.#options;
    while (!this.#over && !this.#left) {
      const result = await reader.read();
      if (result.type === "chunk") this.#noteFirstByte();
      // The client may have left while this read was pending: its bytes count, but nobody takes them.
      if (this.#left) {
        if (result.type === "chunk") tap.push(result.bytes);
        return;
      }
      if (result.type !== "chunk") return this.#finish(controller, result);
      const { forward, stop } = tap.push(result.bytes);
      this.#options.onProgress();
      for (const bytes of forward) controller.enqueue(bytes);
      if (stop) {
        reader.cancel();
        return this.#finish(controller, { type: "end" });
      }
      if (forward.length > 0) return;
    }
  }

  #finish(controller: Controller, result: Exclude<ReadResult, { type: "chunk" }>): void {
    const { forward, summary } = this.#options.tap.finish();
    const code = this.#isPastMax && summary.end !== "complete" ? "upstream_timeout" : faultOf(summary, result);
    for (const bytes of forward) controller.enqueue(bytes);
    if (code !== null) controller.enqueue(this.#options.encodeFault(code));
    controller.close();
    this.#end(code === null ? "completed" : "interrupted", code);
  }

  #noteFirstByte(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#options.onFirstByte();
  }

  async #drain(): Promise<void> {
    const { reader, tap, timer, drainMs } = this.#options;
    const stopTimer = timer.start(() => reader.cancel(), drainMs);
    await this.#pending?.catch(() => undefined);
    for (let result = await reader.read(); result.type === "chunk"; result = await reader.read()) {
      this.#noteFirstByte();
      if (tap.push(result.bytes).stop) break;
    }
    stopTimer();
    reader.cancel();
    tap.finish();
    this.#end("aborted", null);
  }

  #end(outcome: RelayEnd["outcome"], code: ErrorCode | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopMax();
    const summary = this.#options.tap.snapshot();
    // Clients hang up on the format's last event, before the connection's own end: that is a whole answer.
    const whole = outcome === "aborted" && summary.end === "complete" && summary.usage !== null;
    this.#resolveEnded({ outcome: whole ? "completed" : outcome, code, summary });
  }
}

/** Why a stream ended short of its format's own end; null for a whole answer, however its connection closed. */
function faultOf(summary: AnswerSummary, result: Exclude<ReadResult, { type: "chunk" }>): ErrorCode | null {
  if (summary.end === "complete") return null;
  if (result.type === "fault") return result.fault.code;
  return summary.end === "garbage" ? "upstream_error" : "upstream_stream_interrupted";
}
