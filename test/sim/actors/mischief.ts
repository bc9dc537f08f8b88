import type { SeededRandom } from "../engine/seeded-random.ts";
import type { SimClock } from "../engine/sim-clock.ts";
import type { World } from "../engine/world.ts";
import type { Faults } from "../scenario.ts";
import type { AccountHost } from "./account-host.ts";
import type { Isolate } from "./isolate.ts";
import type { PretendLedger } from "./pretend-ledger.ts";
import type { Statistics } from "./statistics.ts";

export interface MischiefOptions {
  readonly world: World;
  readonly random: SeededRandom;
  readonly faults: Faults;
  readonly host: AccountHost;
  readonly ledger: PretendLedger;
  readonly accountClock: SimClock;
  readonly isNight: () => boolean;
  readonly isolates: () => readonly Isolate[];
  readonly replace: (isolate: Isolate) => void;
  readonly statistics: Statistics;
}

const PARTITION_MS = [200, 15_000] as const;
const POISON_RETRY_MEAN_MS = 30_000;
/** In long nights little happens, or they would be most of the run. */
const NIGHT_GAP_MS = 3_600_000;

/** Whatever goes wrong by itself: machines die, clocks jump, ways are cut, the database is away. */
export class Mischief {
  readonly #options: MischiefOptions;
  #isOver = false;

  constructor(options: MischiefOptions) {
    this.#options = options;
  }

  begin(): void {
    const { faults, host, ledger } = this.#options;
    this.#every("restarts", faults.restartMeanMs, () => host.restart("it was moved"));
    this.#every("isolates died", faults.deathMeanMs, () => this.#killOne());
    this.#every("clocks jumped", faults.jumpMeanMs, () => this.#jumpOne());
    this.#every("partitions", faults.partitionMeanMs, () => this.#cutOne());
    this.#every("ledger outages", faults.ledgerOutageMeanMs, () => ledger.goAway());
    if (faults.poison > 0)
      this.#every("poison retried", POISON_RETRY_MEAN_MS, () => void host.retryPoison().catch(() => 0));
  }

  stop(): void {
    this.#isOver = true;
    for (const isolate of this.#options.isolates()) isolate.cutUntilMs = 0;
  }

  #every(name: string, meanMs: number, happen: () => void): void {
    const { world, random, statistics } = this.#options;
    if (meanMs === 0) return;
    const gapMs = this.#options.isNight() ? NIGHT_GAP_MS : random.gapMs(meanMs);
    world.after(gapMs, () => {
      if (this.#isOver) return;
      statistics.count(name);
      happen();
      this.#every(name, meanMs, happen);
    });
  }

  #pick(): Isolate | undefined {
    const isolates = this.#options.isolates();
    return isolates[this.#options.random.between(0, isolates.length - 1)];
  }

  #killOne(): void {
    const isolate = this.#pick();
    if (isolate === undefined) return;
    this.#options.world.note(isolate.name, "dies");
    isolate.die();
    this.#options.replace(isolate);
  }

  #jumpOne(): void {
    const { random, faults, world, accountClock } = this.#options;
    const byMs = random.between(-faults.jumpMaxMs, faults.jumpMaxMs);
    const isolate = random.chance(0.4) ? undefined : this.#pick();
    world.note(isolate?.name ?? "account", "clock jumps", `${byMs} ms`);
    (isolate?.clock ?? accountClock).jump(byMs);
  }

  #cutOne(): void {
    const { random, world } = this.#options;
    const isolate = this.#pick();
    if (isolate === undefined) return;
    const forMs = random.magnitude(...PARTITION_MS);
    world.note(isolate.name, "is cut off", `${forMs} ms`);
    isolate.cutUntilMs = world.nowMs + forMs;
  }
}
