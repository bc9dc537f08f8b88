import type { AccountLimits, AccountState, AdmissionContext, Effects, LedgerPort } from "#admission";
import { AccountAlarm } from "../../../workers/gateway/account/account-alarm.ts";
import { GroupCommit } from "../../../workers/gateway/account/group-commit.ts";
import { runMaintenance } from "../../../workers/gateway/account/maintenance.ts";
import type { MemoryRows } from "../../unit/admission/memory-rows.ts";
import type { Books } from "../model/books.ts";
import { observeSweep, watchSweep } from "../model/sweep-observer.ts";
import type { Instant } from "../model/true-records.ts";

export type Verb<Result> = (state: AccountState, context: AdmissionContext) => Result;

export interface InstanceOptions {
  readonly state: AccountState;
  readonly rows: MemoryRows;
  readonly limits: AccountLimits;
  readonly context: () => AdmissionContext;
  readonly ledger: LedgerPort;
  /** Throws where the disk fails. */
  readonly write: (effects: Effects) => void;
  readonly setAlarm: (atMs: number) => void;
  readonly abort: () => void;
  readonly defer: (turn: () => void) => void;
  readonly now: () => Instant;
  /** A turn is durable: what it came to, in order. */
  readonly observe: (observations: readonly Observation[], effects: Effects | null) => void;
  readonly books: Books;
}

/** What one command of a turn came to, for the books. */
export type Observation = () => void;

/** When maintenance failed in a way it should not, as account-object.ts has it. */
const MAINTENANCE_RETRY_MS = 10_000;

/** One life of the account object in memory, wired as account-object.ts wires it. It ends with `kill`. */
export class AccountInstance {
  isAlive = true;
  readonly #options: InstanceOptions;
  readonly #commits: GroupCommit;
  readonly #alarm: AccountAlarm;
  /** Those who wait for an answer. */
  readonly #waiting = new Set<(cause: Error) => void>();
  #observations: Observation[] = [];
  #effects: Effects | null = null;

  constructor(options: InstanceOptions) {
    this.#options = options;
    const { state, rows, limits } = options;
    const setAlarm = async (atMs: number): Promise<void> => {
      if (this.isAlive) options.setAlarm(atMs);
    };
    this.#alarm = new AccountAlarm({ setAlarm }, rows, state, limits);
    this.#commits = new GroupCommit({
      state,
      context: options.context,
      write: (effects) => {
        options.write(effects);
        this.#alarm.afterWrite(effects, options.now().accountMs);
        this.#effects = effects;
      },
      abort: () => options.abort(),
      defer: (turn) => options.defer(() => this.#turn(turn)),
    });
  }

  get state(): AccountState {
    return this.#options.state;
  }

  /** Runs a command; it is observed once it is durable. Rejects when this life ends before the answer. */
  run<Result>(verb: Verb<Result>, observe: (result: Result, now: Instant) => void): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.add(reject);
    const observed: Verb<Result> = (state, context) => {
      const result = this.#watchExpiry(state, () => verb(state, context));
      const now = this.#options.now();
      this.#observations.push(() => observe(result, now));
      return result;
    };
    void this.#commits
      .run(observed)
      .then(resolve, reject)
      .finally(() => this.#waiting.delete(reject));
    return promise;
  }

  /** The alarm rang. Resolves when all that was due is done. */
  async ring(): Promise<void> {
    this.#alarm.fired();
    try {
      await this.#maintain();
    } catch {
      if (this.isAlive) this.#options.setAlarm(this.#options.now().accountMs + MAINTENANCE_RETRY_MS);
    }
  }

  async #maintain(): Promise<void> {
    const { ledger, limits, rows, now } = this.#options;
    this.#alarm.hold();
    try {
      await runMaintenance({
        commits: { run: (verb) => this.#runOwn(verb) },
        ledger,
        startsPrune: (nowMs) => this.#alarm.startsPrune(nowMs),
        oldestEndedMs: () => rows.oldestEndedMs(),
        clock: { nowMs: () => now().accountMs },
        limits,
      });
    } finally {
      this.#alarm.release(now().accountMs);
    }
  }

  /** Any verb may find that credit has expired before it does what it is for. */
  #watchExpiry<Result>(state: AccountState, run: () => Result): Result {
    const first = state.nextOutboxSeq;
    const result = run();
    const now = this.#options.now();
    for (let seq = first; seq < state.nextOutboxSeq; seq += 1) {
      const item = state.changes.outbox.get(seq)?.item;
      if (item?.type === "expiry") this.#observations.push(() => this.#options.books.expire(item.expiry, now));
    }
    return result;
  }

  /** A step of maintenance. Sweeps alone answer with a number, and are what the books must hear of. */
  #runOwn<Result>(verb: Verb<Result>): Promise<Result> {
    const { books, now } = this.#options;
    return this.#commits.run((state, context) => {
      const { result, gone } = watchSweep(state, () => this.#watchExpiry(state, () => verb(state, context)));
      if (typeof result === "number") {
        const at = now();
        this.#observations.push(() => observeSweep(books, gone, result, at));
      }
      return result;
    });
  }

  /** Ends this life: nothing of it ever runs again, and whoever waits hears of it. */
  kill(): void {
    this.isAlive = false;
    for (const reject of this.#waiting) reject(new Error("the object was reset"));
  }

  #turn(turn: () => void): void {
    if (!this.isAlive) return;
    this.#observations = [];
    this.#effects = null;
    turn();
    if (this.isAlive) this.#options.observe(this.#observations, this.#effects);
  }
}
