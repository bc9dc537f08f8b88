import type { AbortPolicy } from "#catalog";
import type { Refusal } from "#admission";
import type { ErrorCode } from "#kernel";
import type { ReadResult, Timer, UpstreamReader } from "#providers";
import type { AnswerSummary, GatedTap, MeteredUsage, StreamTap, TapOutput } from "#wire";
import { NOTHING_DELIVERED } from "./nothing-delivered.ts";
import type { RollingHold } from "./rolling-hold.ts";

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
  /** What is held grows with the answer; null: all that it can cost is held. */
  readonly rolling: RollingRelay | null;
}

export interface RollingRelay {
  readonly hold: Pick<RollingHold, "note" | "more" | "halt" | "open" | "refusal">;
  /** Of the relay's own tap, whose gate the hold is. */
  readonly tap: GatedTap;
  /** What an answer that ends before its time says of its usage, and why it ends. */
  readonly usageOf: (summary: AnswerSummary) => MeteredUsage;
  readonly encodeRefusal: (refusal: Refusal) => Uint8Array | null;
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
type End = Exclude<ReadResult, { type: "chunk" }>;
/** `more`: the client has been given nothing yet. */
type Step = "more" | "enough";

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
  /** The gate holds an event back. */
  #isHeld = false;
  /** Upstream's end, where it came with something that the gate holds back. */
  #heldEnd: End | null = null;
  #wake: (() => void) | null = null;
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
    this.#options.rolling?.hold.open();
    this.#wake?.();
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
    this.#options.rolling?.hold.halt();
    this.#wake?.();
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
      while (!this.#over && !this.#left) {
        const step = this.#isHeld ? await this.#makeRoom() : this.#take(await this.#options.reader.read());
        if (step === "enough") break;
      }
    } catch {
      this.#fail();
    } finally {
      this.#isFilling = false;
    }
  }

  #take(result: ReadResult): Step {
    const { tap } = this.#options;
    if (result.type === "chunk") this.#noteFirstByte();
    // The client may have left while this read was pending: its bytes count, but nobody takes them.
    if (this.#left) {
      if (result.type === "chunk") tap.push(result.bytes);
      return "enough";
    }
    if (result.type !== "chunk") return this.#finish(result);
    const output = tap.push(result.bytes);
    this.#options.onProgress();
    return this.#handOn(output);
  }

  #handOn({ forward, stop, isHeld = false }: TapOutput): Step {
    const { rolling, reader } = this.#options;
    this.#isHeld = isHeld;
    if (rolling !== null) rolling.hold.note(rolling.tap.tokensAtMost());
    for (const bytes of forward) this.#controller?.enqueue(bytes);
    if (stop) {
      reader.cancel();
      return this.#finish({ type: "end" });
    }
    return forward.length > 0 ? "enough" : "more";
  }

  /** Upstream is not read meanwhile: what the gate holds back passes when more is held, or the answer ends before it. */
  async #makeRoom(): Promise<Step> {
    const { rolling } = this.#options;
    if (rolling === null) throw new RangeError("nothing holds back without a gate");
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#wake = () => resolve(false);
    const isMore = await Promise.race([rolling.hold.more(), promise]);
    this.#wake = null;
    if (this.#left || this.#over) return "enough";
    if (this.#isPastMax) return this.#finish({ type: "aborted" });
    if (!isMore) return this.#cut(rolling);
    const step = this.#handOn(rolling.tap.resume());
    if (this.#over || this.#isHeld || this.#heldEnd === null) return step;
    return this.#finish(this.#heldEnd);
  }

  /** No more is held for it: the answer ends here, as at an output maximum, and the client is told why. */
  #cut({ hold, tap, usageOf, encodeRefusal }: RollingRelay): Step {
    this.#options.reader.cancel();
    const refusal = hold.refusal;
    if (refusal === null) throw new RangeError("cut without a reason");
    const usage = usageOf(this.#options.tap.snapshot());
    for (const bytes of tap.cut(usage)) this.#controller?.enqueue(bytes);
    this.#closeWith(refusal.code, encodeRefusal(refusal));
    this.#end("interrupted", refusal.code);
    return "enough";
  }

  #finish(result: End): Step {
    const { tap } = this.#options;
    // What is held back was never the client's.
    const finished = this.#isHeld ? { forward: [], summary: tap.snapshot() } : tap.finish(result.type === "end");
    const { forward, summary, isHeld = false } = finished;
    for (const bytes of forward) this.#controller?.enqueue(bytes);
    if (isHeld) {
      this.#isHeld = true;
      this.#heldEnd = result;
      return forward.length > 0 ? "enough" : "more";
    }
    const code = this.#isPastMax && summary.end !== "complete" ? "upstream_timeout" : faultOf(summary, result);
    this.#closeWith(code, code === null ? null : this.#options.encodeFault(code));
    this.#end(code === null ? "completed" : "interrupted", code);
    return "enough";
  }

  /** Something of ours threw: the client is told, and the call is still ended with what had been seen. */
  #fail(): void {
    if (this.#over) return;
    this.#options.reader.cancel();
    try {
      // A client that left needs no word, and its stream takes none.
      if (!this.#left) this.#closeWith("internal_error", this.#options.encodeFault("internal_error"));
    } catch (error) {
      this.#controller?.error(error);
    }
    this.#end("interrupted", "internal_error");
  }

  #closeWith(code: ErrorCode | null, fault: Uint8Array | null): void {
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
    const { reader, tap, timer, drainMs, rolling } = this.#options;
    const stopTimer = timer.start(() => reader.cancel(), drainMs);
    try {
      await this.#pending;
      // Nobody is given it, so that no gate stands before it.
      if (this.#isHeld) rolling?.tap.resume();
      let result = await reader.read();
      for (; result.type === "chunk"; result = await reader.read()) {
        this.#noteFirstByte();
        if (tap.push(result.bytes).stop) break;
        if (rolling !== null) rolling.hold.note(rolling.tap.tokensAtMost());
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
function faultOf(summary: AnswerSummary, result: End): ErrorCode | null {
  if (summary.end === "complete") return null;
  if (result.type === "fault") return result.fault.code;
  return summary.end === "garbage" ? "upstream_error" : "upstream_stream_interrupted";
}
