import { EventQueue } from "./event-queue.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { Trace } from "./trace.ts";
import { ensure } from "./violation.ts";

/**
 * Virtual time, and the one loop that everything happens in. Between two events every promise that can go on does so:
 * each event is a macrotask of its own, which costs microseconds and leaves nothing to chance.
 */
export class World {
  readonly startMs: number;
  readonly trace: Trace;
  nowMs: number;
  steps = 0;
  /** A world that goes on for longer than this never comes to rest, which is a finding. */
  stepsMax = Infinity;
  /** The first thing that went wrong; nothing happens after it. */
  failure: unknown = null;
  readonly #queue = new EventQueue();
  readonly #ties: SeededRandom;

  constructor(startMs: number, ties: SeededRandom) {
    this.startMs = startMs;
    this.nowMs = startMs;
    this.trace = new Trace(startMs);
    this.#ties = ties;
  }

  /** Runs once, later, unless cancelled by the function returned. */
  after(delayMs: number, run: () => void): () => void {
    const event = { atMs: this.nowMs + Math.max(0, delayMs), tie: this.#ties.whole(), run, isCancelled: false };
    this.#queue.push(event);
    return () => {
      event.isCancelled = true;
    };
  }

  /** Goes on by itself; that it fails is a finding. */
  start(work: Promise<unknown>): void {
    void work.catch((error: unknown) => this.fail(error));
  }

  fail(error: unknown): void {
    this.failure ??= error;
  }

  note(who: string, what: string, ...details: readonly unknown[]): void {
    this.trace.note({ step: this.steps, atMs: this.nowMs, who, what, details });
  }

  /** Lets events happen until one of them was the last, `isDone`, or something went wrong. */
  run(isDone: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const next = (): void => {
      const event = this.failure === null && !isDone() ? this.#queue.pop() : null;
      if (event === null) {
        resolve(undefined);
        return;
      }
      this.nowMs = Math.max(this.nowMs, event.atMs);
      this.steps += 1;
      try {
        ensure(this.steps <= this.stepsMax, "liveness", "the world never comes to rest", () => ({ steps: this.steps }));
        event.run();
      } catch (error) {
        this.fail(error);
      }
      setImmediate(next);
    };
    setImmediate(next);
    return promise;
  }
}
