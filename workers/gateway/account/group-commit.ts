import { hasEffects, takeEffects, type AccountState, type AdmissionContext, type Effects } from "#admission";
import { AppError } from "#kernel";

export interface GroupCommitOptions {
  readonly state: AccountState;
  readonly context: () => AdmissionContext;
  /** Writes one turn's effects in one transaction; throws when they did not become durable. */
  readonly write: (effects: Effects) => void;
  /** The state in memory and the storage disagree: the object must be thrown away and loaded again. */
  readonly abort: (reason: string) => void;
  /**
   * Runs a turn later, in a macrotask, not a microtask: calls that are already on their way into the object are delivered
   * before it.
   */
  readonly defer: (turn: () => void) => void;
}

interface Call {
  readonly run: (context: AdmissionContext) => void;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

/** Calls that one write may carry; the rest goes with the next. */
const CALLS_PER_WRITE_MAX = 256;

/**
 * Calls that arrive together share one durable write: they are decided one after the other, their effects are written in
 * one transaction, and only then are they answered. An answer leaves the object after the write is confirmed (the
 * platform's output gate). A failed write answers nobody and aborts the object, so no undurable state is ever seen.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #calls: Call[] = [];
  #isScheduled = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Runs a verb of the state machine. Rejects with its AppError, which verbs throw before they change anything. */
  async run<Result>(verb: (state: AccountState, context: AdmissionContext) => Result): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    let answer: () => void = () => reject(new AppError("internal_error"));
    this.#calls.push({
      run: (context) => {
        const result = verb(this.#options.state, context);
        answer = () => resolve(result);
      },
      resolve: () => answer(),
      reject,
    });
    this.#schedule();
    return await promise;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.defer(() => this.#commit());
  }

  #commit(): void {
    const calls = this.#calls.splice(0, CALLS_PER_WRITE_MAX);
    this.#isScheduled = false;
    if (this.#calls.length > 0) this.#schedule();
    try {
      const decided = this.#decide(calls);
      const effects = takeEffects(this.#options.state);
      if (hasEffects(effects)) this.#options.write(effects);
      for (const call of decided) call.resolve();
    } catch (cause) {
      for (const call of calls) call.reject(new AppError("account_unavailable", { cause }));
      this.#options.abort("a durable write failed");
    }
  }

  #decide(calls: readonly Call[]): Call[] {
    const context = this.#options.context();
    return calls.filter((call) => {
      try {
        call.run(context);
        return true;
      } catch (cause) {
        // Only an AppError promises that nothing was changed; anything else has left the state unknown.
        if (!(cause instanceof AppError)) throw cause;
        call.reject(cause);
        return false;
      }
    });
  }
}
