import { AccountHost } from "./actors/account-host.ts";
import { ControlPlane } from "./actors/control-plane.ts";
import { Isolate } from "./actors/isolate.ts";
import { Mischief } from "./actors/mischief.ts";
import { Network } from "./actors/network.ts";
import { PretendLedger } from "./actors/pretend-ledger.ts";
import { Statistics } from "./actors/statistics.ts";
import { Traffic } from "./actors/traffic.ts";
import { SeededRandom } from "./engine/seeded-random.ts";
import { SimClock } from "./engine/sim-clock.ts";
import { World } from "./engine/world.ts";
import { AccountObserver } from "./model/account-observer.ts";
import { Books } from "./model/books.ts";
import { LeaseObserver, type Asked } from "./model/lease-observer.ts";
import { OutboxObserver } from "./model/outbox-observer.ts";
import type { Instant } from "./model/true-records.ts";
import { NO_FAULTS, type Scenario } from "./scenario.ts";

const REPLACED_WITHIN_MS = 5_000;

/** Everything of one run, made from its scenario alone and wired together. */
export class Stage {
  readonly scenario: Scenario;
  readonly world: World;
  readonly books: Books;
  readonly outbox: OutboxObserver;
  readonly host: AccountHost;
  readonly ledger: PretendLedger;
  readonly control: ControlPlane;
  readonly traffic: Traffic;
  readonly mischief: Mischief;
  readonly statistics = new Statistics();
  isolates: Isolate[] = [];
  readonly #network: Network;
  readonly #accountClock: SimClock;
  readonly #asked = new Map<string, Asked>();
  readonly #ownRandom: SeededRandom;
  readonly #clocks: SimClock[] = [];
  #isolatesMade = 0;

  constructor(scenario: Scenario) {
    const { seed, faults, limits } = scenario;
    const stream = (name: string): SeededRandom => new SeededRandom(seed, name);
    this.scenario = scenario;
    this.#ownRandom = stream("stage");
    this.world = new World(scenario.startMs, stream("ties"));
    this.books = new Books(limits);
    this.outbox = new OutboxObserver(this.books);
    this.#accountClock = this.#makeClock(0);
    this.#network = new Network(this.world, stream("network"), faults);
    this.ledger = new PretendLedger(this.world, this.#network, stream("ledger"), { seed, faults });
    const slackSince = (sinceMs: number): number => this.#slackSince(sinceMs);
    const leases = new LeaseObserver(this.books, slackSince, this.#asked);
    this.host = new AccountHost({
      world: this.world,
      random: stream("account"),
      clock: this.#accountClock,
      limits,
      ledger: this.ledger.port,
      books: this.books,
      observer: new AccountObserver(this.books, slackSince, leases),
      leases,
      outbox: this.outbox,
      faults,
    });
    this.control = new ControlPlane({
      world: this.world,
      random: stream("control"),
      network: this.#network,
      scenario,
      apply: (events) => this.host.apply(events),
    });
    this.traffic = new Traffic({
      world: this.world,
      random: stream("traffic"),
      scenario,
      control: this.control,
      now: () => this.now(),
      statistics: this.statistics,
      requestMaxMs: limits.requestMaxMs,
    });
    this.mischief = new Mischief({
      world: this.world,
      random: stream("mischief"),
      faults,
      host: this.host,
      ledger: this.ledger,
      accountClock: this.#accountClock,
      isNight: () => this.traffic.isNight,
      isolates: () => this.isolates,
      replace: (isolate) => this.#replace(isolate),
      statistics: this.statistics,
    });
  }

  now(): Instant {
    return { trueMs: this.world.nowMs, accountMs: this.#accountClock.nowMs() };
  }

  /** Isolates appear, callers call, and everything that may go wrong begins to. */
  begin(): void {
    for (let count = 0; count < this.scenario.isolates; count += 1) this.#addIsolate();
    this.traffic.begin();
    this.mischief.begin();
    this.#nextWord();
  }

  /** From now on nothing new happens, and nothing goes wrong but what is wrong already. */
  calm(): void {
    this.traffic.stop();
    this.mischief.stop();
    this.#network.faults = NO_FAULTS;
    this.host.faults = NO_FAULTS;
    this.ledger.faults = { ...NO_FAULTS, poison: this.scenario.faults.poison };
    this.ledger.comeBack();
  }

  /** Lets the world go on for so long. */
  async wait(ms: number): Promise<void> {
    const untilMs = this.world.nowMs + ms;
    this.world.after(ms, () => undefined);
    await this.world.run(() => this.world.nowMs >= untilMs);
  }

  #addIsolate(): void {
    this.#isolatesMade += 1;
    const name = `isolate${this.#isolatesMade}`;
    const random = new SeededRandom(this.scenario.seed, name);
    const { skewMaxMs, bounds } = this.scenario;
    const isolate = new Isolate({
      name,
      world: this.world,
      random,
      clock: this.#makeClock(random.between(-skewMaxMs, skewMaxMs)),
      network: this.#network,
      account: this.host.portFor(name),
      books: this.books,
      slackSince: (sinceMs) => this.#slackSince(sinceMs),
      asked: this.#asked,
      bounds,
    });
    this.isolates.push(isolate);
    this.traffic.reach(isolate);
  }

  #replace(isolate: Isolate): void {
    this.isolates = this.isolates.filter((one) => one !== isolate);
    this.world.after(this.#ownRandom.between(0, REPLACED_WITHIN_MS), () => this.#addIsolate());
  }

  #nextWord(): void {
    this.world.after(this.#ownRandom.gapMs(this.scenario.controlMeanMs), () => {
      if (this.traffic.isOver) return;
      this.control.change();
      this.#nextWord();
    });
  }

  #makeClock(offsetMs: number): SimClock {
    const clock = new SimClock(this.world, offsetMs);
    this.#clocks.push(clock);
    return clock;
  }

  /** All clocks that a duration may have been measured by, dead isolates' too: a little too much, never too little. */
  #slackSince(sinceMs: number): number {
    return this.#clocks.reduce((sum, clock) => sum + clock.jumpedSinceMs(sinceMs), 0);
  }
}
