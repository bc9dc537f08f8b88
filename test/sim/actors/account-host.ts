import {
  admit,
  applyEvents,
  checkpoint,
  extendHolds,
  leaseOnly,
  requeuePoison,
  restoreAccount,
  returnLease,
  settle,
  type AccountEvent,
  type AccountLimits,
  type AccountPort,
  type ApplyResult,
  type Effects,
  type LedgerPort,
} from "#admission";
import { MemoryRows } from "../../unit/admission/memory-rows.ts";
import type { SeededRandom } from "../engine/seeded-random.ts";
import type { SimClock } from "../engine/sim-clock.ts";
import type { World } from "../engine/world.ts";
import type { AccountObserver } from "../model/account-observer.ts";
import type { Books } from "../model/books.ts";
import { observeEvents } from "../model/event-observer.ts";
import type { LeaseObserver } from "../model/lease-observer.ts";
import type { OutboxObserver } from "../model/outbox-observer.ts";
import { compareRestored, compareSums, recount } from "../model/recount.ts";
import { replayed } from "../model/replay.ts";
import type { Instant } from "../model/true-records.ts";
import type { Faults } from "../scenario.ts";
import { AccountInstance, type Observation, type Verb } from "./account-instance.ts";

export interface HostOptions {
  readonly world: World;
  readonly random: SeededRandom;
  readonly clock: SimClock;
  readonly limits: AccountLimits;
  readonly ledger: LedgerPort;
  readonly books: Books;
  readonly observer: AccountObserver;
  readonly leases: LeaseObserver;
  readonly outbox: OutboxObserver;
  readonly faults: Faults;
}

/** Turns between two full recounts. */
const RECOUNT_TURNS = 100;
/** Of all commands, those that are run a second time at once. */
const REPLAYS = 0.05;
const ALARM_LATE_MS = 200;
const ALARM_RETRY_MS = 2_000;

/**
 * What the platform does for an account object: loads it when it is needed, keeps its rows, rings its alarm at least once,
 * and resets it at any moment. The object's lives come and go; the rows stay.
 */
export class AccountHost {
  readonly rows = new MemoryRows();
  faults: Faults;
  restarts = 0;
  turns = 0;
  readonly #options: HostOptions;
  #instance: AccountInstance | null = null;
  /** Durable: when the alarm is set for, by the object's clock. */
  #alarmAtMs: number | null = null;
  #cancelAlarm: () => void = () => undefined;
  #isRinging = false;

  constructor(options: HostOptions) {
    this.#options = options;
    this.faults = options.faults;
  }

  /** The account as one isolate reaches it, without the way there. */
  portFor(isolate: string): AccountPort {
    const { observer, leases, world } = this.#options;
    const note = (what: string, ...details: readonly unknown[]) => world.note("account", what, isolate, ...details);
    return {
      admit: (command) =>
        this.#run(
          (state, context) => admit(state, command, context),
          (result, now) => {
            const lease = result.ok ? result.admission.lease?.id : result.refusal.code;
            note(result.ok ? "admits for" : "refuses", command.draft.id, lease ?? "");
            observer.admitted(isolate, command, result, now);
          },
        ),
      lease: (command) =>
        this.#run(
          (state, context) => leaseOnly(state, command, context),
          (lease, now) => {
            note(lease === null ? "gives no lease to" : "leases to", command.wish.id);
            if (lease !== null) leases.given(command.keyHash, command.wish, lease, now);
          },
        ),
      returnLease: (command) =>
        this.#run(
          (state, context) => returnLease(state, command, context),
          (_, now) => {
            note(
              "takes back from",
              command.leaseId,
              command.calls.map(({ draft }) => draft.id),
            );
            observer.returned(command, now);
          },
        ),
      extend: (commands) =>
        this.#run(
          (state, context) => extendHolds(state, commands, context),
          (results, now) => observer.extended(commands, results, now),
        ),
      checkpoint: (commands) =>
        this.#run(
          (state, context) => checkpoint(state, commands, context),
          (_, now) => observer.checkpointed(commands, now),
        ),
      settle: (commands) =>
        this.#run(
          (state, context) => settle(state, commands, context),
          (results, now) => {
            note(
              "settles for",
              commands.map(({ id }, index) => [id, results[index]]),
            );
            observer.settled(commands, results, now);
          },
        ),
    };
  }

  apply(events: readonly AccountEvent[]): Promise<ApplyResult> {
    const { books } = this.#options;
    return this.#run(
      (state, context) => applyEvents(state, events, context),
      (result, { trueMs }) => observeEvents(books, events, result, trueMs),
    );
  }

  retryPoison(): Promise<number> {
    return this.#run(
      (state, context) => requeuePoison(state, context),
      () => undefined,
      false,
    );
  }

  /** Loses the memory between two turns. */
  restart(why: string): void {
    const { world } = this.#options;
    const instance = this.#instance;
    if (instance === null) return;
    compareRestored(instance.state, this.rows);
    world.note("account", `restarts: ${why}`);
    this.#kill(instance);
  }

  /** Everything counted anew, of what is in memory and of what is stored. */
  recount(): void {
    recount(this.#options.books, this.#load().state, this.rows);
  }

  get state() {
    return this.#load().state;
  }

  #now(): Instant {
    const { world, clock } = this.#options;
    return { trueMs: world.nowMs, accountMs: clock.nowMs() };
  }

  #run<Result>(verb: Verb<Result>, observe: (result: Result, now: Instant) => void, mayReplay = true): Promise<Result> {
    const isTwice = mayReplay && this.#options.random.chance(REPLAYS);
    return this.#load().run(
      isTwice ? replayed(verb, (violation) => this.#options.world.fail(violation)) : verb,
      observe,
    );
  }

  #load(): AccountInstance {
    if (this.#instance !== null) return this.#instance;
    const { world, random, clock, limits, ledger, books } = this.#options;
    const instance: AccountInstance = new AccountInstance({
      state: restoreAccount(this.rows.stored()),
      rows: this.rows,
      limits,
      books,
      ledger,
      context: () => ({ nowMs: clock.nowMs(), random: random.bytes, rows: this.rows, limits }),
      write: (effects) => this.#write(effects),
      setAlarm: (atMs) => this.#setAlarm(atMs),
      abort: () => this.#kill(instance),
      defer: (turn) => void world.after(random.between(0, 1), turn),
      now: () => this.#now(),
      observe: (observations, effects) => this.#observe(instance, observations, effects),
    });
    this.#instance = instance;
    return instance;
  }

  #write(effects: Effects): void {
    if (this.#options.random.chance(this.faults.failedWrite)) {
      this.#options.world.note("account", "a durable write fails");
      throw new Error("the disk failed");
    }
    this.rows.apply(effects);
  }

  #observe({ state }: AccountInstance, observations: readonly Observation[], effects: Effects | null): void {
    const { books, outbox } = this.#options;
    for (const observation of observations) observation();
    if (effects !== null) outbox.written(effects);
    compareSums(books, state);
    this.turns += 1;
    if (this.turns % RECOUNT_TURNS === 0) recount(books, state, this.rows);
  }

  #kill(instance: AccountInstance): void {
    this.restarts += 1;
    if (this.#instance === instance) this.#instance = null;
    instance.kill();
    // An alarm that dies with its object is rung again.
    if (!this.#isRinging) return;
    this.#isRinging = false;
    const { clock, random } = this.#options;
    this.#setAlarm(Math.max(this.#alarmAtMs ?? 0, clock.nowMs() + random.between(0, ALARM_RETRY_MS)));
  }

  #setAlarm(atMs: number): void {
    const { world, clock, random } = this.#options;
    this.#alarmAtMs = atMs;
    this.#cancelAlarm();
    if (this.#isRinging) return;
    const lateMs = random.between(0, ALARM_LATE_MS);
    this.#cancelAlarm = world.after(Math.max(0, atMs - clock.nowMs()) + lateMs, () => world.start(this.#ring()));
  }

  async #ring(): Promise<void> {
    const { world, random, clock } = this.#options;
    const instance = this.#load();
    this.#isRinging = true;
    this.#alarmAtMs = null;
    world.note("account", "alarm");
    await instance.ring();
    // An object that was reset meanwhile is no longer asked.
    if (!instance.isAlive) return;
    this.#isRinging = false;
    // At least once is what the platform promises.
    const atMs = random.chance(this.faults.alarmTwice) ? clock.nowMs() : this.#alarmAtMs;
    if (atMs !== null) this.#setAlarm(atMs);
  }
}
