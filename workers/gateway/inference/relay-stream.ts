import type { AbortPolicy } from "#catalog";
import type { ErrorCode } from "#kernel";
import type { ReadResult, Timer, UpstreamReader } from "#providers";
import type { AnswerSummary, StreamTap } from "#wire";
import { NOTHING_DELIVERED } from "./nothing-delivered.ts";

export interface RelayOptions {
  readonly reader: UpstreamReader;
  readonly tap: StreamTap;
  readonly abortPolicy: AbortPolicy;
  /** Aborts when the client goes away (compatibility flag `enable_request_signal`). */
  readonly clientSignal: AbortSignal;
  readonly drainMs: number;
  /** What is left of the whole request's time. Past it the hold would be swept under the stream, so it ends. */
  readonly maxMs: number;
  readonly timer: Timer;
  /** Called after each upstream read, for checkpoints. */
  readonly onProgress: () => void;
  /** Called when the first upstream bytes have come. */
  readonly onFirstByte: () => void;
  /** The in-band event that tells the client why its stream ends early, in its own format. Null: it has none, and its connection breaks. */
  readonly encodeFault: (code: ErrorCode) => Uint8Array | null;
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
    {
      start: (controller) => relay.start(controller),
      pull: () => relay.pull(),
      cancel: () => relay.clientLeft(),
    },
    { highWaterMark: 0 },
  );
  return { body, ended: relay.ended };
}

type Controller = ReadableStreamDefaultController<Uint8Array>;

class StreamRelay {
  readonly ended: Promise<RelayEnd>;
  readonly #options: RelayOptions;
  readonly #resolveEnded: (end: RelayEnd) => void;
  #controller: Controller | null = null;
  #begun = false;
  #left = false;
  #over = false;
  #pending: Promise<void> | null = null;
  /** A client's pull is being served; false while a slow client asks for nothing. */
  #isFilling = false;
  #isPastMax = false;
  readonly #stopMax: () => void;

  constructor(options: RelayOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<RelayEnd>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    this.#stopMax = options.timer.start(() => this.#passMax(), options.maxMs);
  }

  start(controller: Controller): void {
    this.#controller = controller;
    const { clientSignal } = this.#options;
    if (clientSignal.aborted) this.clientLeft();
    else clientSignal.addEventListener("abort", () => this.clientLeft(), { once: true });
  }

  /** One turn of the client's pull: reads upstream until there is something to hand on, or the end. */
  pull(): Promise<void> {
    this.#isFilling = true;
    this.#pending = this.#fill();
    return this.#pending;
  }

  /** The client is gone. Upstream is cancelled, or read on for a bounded time where only its usage tells the cost. */
  clientLeft(): void {
    if (this.#left || this.#over) return;
    this.#left = true;
    if (this.#options.abortPolicy === "drain") void this.#drain();
    else {
      this.#options.reader.cancel();
      this.#end("aborted", null);
    }
  }

  /** A pull or a drain that is under way sees the cancelled read; with a client that reads nothing, nobody would. */
  #passMax(): void {
    this.#isPastMax = true;
    this.#options.reader.cancel();
    if (this.#isFilling || this.#left || this.#over) return;
    try {
      this.#finish({ type: "aborted" });
    } catch {
      this.#fail();
    }
  }

  /** One promise for each read and none besides: this runs for every chunk of every stream. */
  async #fill(): Promise<void> {
    try {
      while (!this.#over && !this.#left) if (this.#take(await this.#options.reader.read()) === "enough") break;
    } catch {
      this.#fail();
    } finally {
      this.#isFilling = false;
    }
  }

  /** `more`: the client has been given nothing yet. */
  #take(result: ReadResult): "more" | "enough" {
    const { reader, tap } = this.#options;
    if (result.type === "chunk") this.#noteFirstByte();
    // The client may have left while this read was pending: its bytes count, but nobody takes them.
    if (this.#left) {
      if (result.type === "chunk") tap.push(result.bytes);
      return "enough";
    }
    if (result.type !== "chunk") {
      this.#finish(result);
      return "enough";
    }
    const { forward, stop } = tap.push(result.bytes);
    this.#options.onProgress();
    for (const bytes of forward) this.#controller?.enqueue(bytes);
    if (stop) {
      reader.cancel();
      this.#finish({ type: "end" });
    }
    return stop || forward.length > 0 ? "enough" : "more";
  }

  #finish(result: Exclude<ReadResult, { type: "chunk" }>): void {
    const { forward, summary } = this.#options.tap.finish(result.type === "end");
    const code = this.#isPastMax && summary.end !== "complete" ? "upstream_timeout" : faultOf(summary, result);
    for (const bytes of forward) this.#controller?.enqueue(bytes);
    this.#close(code);
    this.#end(code === null ? "completed" : "interrupted", code);
  }

  /** Something of ours threw: the client is told, and the call is still ended with what had been seen. */
  #fail(): void {
    if (this.#over) return;
    this.#options.reader.cancel();
    try {
      // A client that left needs no word, and its stream takes none.
      if (!this.#left) this.#close("internal_error");
    } catch (error) {
      this.#controller?.error(error);
    }
    this.#end("interrupted", "internal_error");
  }

  #close(code: ErrorCode | null): void {
    const fault = code === null ? null : this.#options.encodeFault(code);
    if (code !== null && fault === null) {
      this.#controller?.error(new Error(code));
      return;
    }
    if (fault !== null) this.#controller?.enqueue(fault);
    this.#controller?.close();
  }

  #noteFirstByte(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#options.onFirstByte();
  }

  async #drain(): Promise<void> {
    const { reader, tap, timer, drainMs } = this.#options;
    const stopTimer = timer.start(() => reader.cancel(), drainMs);
    try {
      await this.#pending;
      let result = await reader.read();
      for (; result.type === "chunk"; result = await reader.read()) {
        this.#noteFirstByte();
        if (tap.push(result.bytes).stop) break;
      }
      tap.finish(result.type === "end");
    } catch {
      this.#fail();
    } finally {
      stopTimer();
      reader.cancel();
    }
    this.#end("aborted", null);
  }

  #end(outcome: RelayEnd["outcome"], code: ErrorCode | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopMax();
    const summary = this.#summary();
    // Clients hang up on the format's last event, before the connection's own end: that is a whole answer.
    const whole = outcome === "aborted" && summary.end === "complete" && summary.usage !== null;
    this.#resolveEnded({ outcome: whole ? "completed" : outcome, code, summary });
  }

  #summary(): AnswerSummary {
    try {
      return this.#options.tap.snapshot();
    } catch {
      return NOTHING_DELIVERED;
    }
  }
}

/** Why a stream ended short of its format's own end; null for a whole answer, however its connection closed. */
function faultOf(summary: AnswerSummary, result: Exclude<ReadResult, { type: "chunk" }>): ErrorCode | null {
  if (summary.end === "complete") return null;
  if (result.type === "fault") return result.fault.code;
  return summary.end === "garbage" ? "upstream_error" : "upstream_stream_interrupted";
}
