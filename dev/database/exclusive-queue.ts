import { PostgresError } from "./database.ts";

export interface Turn {
  /** Ends the turn; a second call does nothing. */
  release(): void;
}

/** One holder at a time, first come first served, with a bound on how many may wait. */
export class ExclusiveQueue {
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #held = false;

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** Waits for the turn. Throws `PostgresError` 53300 at once when too many wait already. */
  async take(): Promise<Turn> {
    if (this.#held) {
      if (this.#waiting.length >= this.#maxWaiting) {
        throw new PostgresError({
          severity: "FATAL",
          code: "53300",
          message: `more than ${this.#maxWaiting} statements wait for the embedded Postgres`,
        });
      }
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#held = true;
    let released = false;
    return {
      release: () => {
        if (released) return;
        released = true;
        const next = this.#waiting.shift();
        // The place passes directly to the next in line: nobody who comes later can slip in between.
        if (next) next();
        else this.#held = false;
      },
    };
  }
}
