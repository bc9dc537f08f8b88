import type { World } from "../engine/world.ts";
import type { SeededRandom } from "../engine/seeded-random.ts";
import type { Faults } from "../scenario.ts";

const FAST_MS = 3;
const NEAR_MS = 30;
const SLOW_MS = 12_000;

/** A message that did not arrive, or an answer that did not. */
export class LostMessage extends Error {
  override readonly name = "LostMessage";
}

/**
 * The way between an isolate and the account, and between the account and the ledger: messages take time, overtake each
 * other, get lost on either way, arrive twice. Whoever sent one hears of its loss, or hears nothing for ever.
 */
export class Network {
  readonly #world: World;
  readonly #random: SeededRandom;
  faults: Faults;

  constructor(world: World, random: SeededRandom, faults: Faults) {
    this.#world = world;
    this.#random = random;
    this.faults = faults;
  }

  /**
   * Sends, and answers as far as an answer gets through. `deliver` runs at the other end, maybe twice. Values travel as
   * copies. `isCut`: whether nothing passes now.
   */
  call<Result>(deliver: () => Promise<Result>, isCut: () => boolean = () => false): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const { lostRequest, lostReply, twice, silent } = this.faults;
    const lose = (): void => {
      if (this.#random.chance(silent)) return;
      this.#world.after(this.#delayMs(), () => reject(new LostMessage()));
    };
    const arrive = (): void => {
      if (isCut() || this.#random.chance(lostRequest)) {
        lose();
        return;
      }
      const answer = (result: Result): void => {
        if (isCut() || this.#random.chance(lostReply)) lose();
        else this.#world.after(this.#delayMs(), () => resolve(structuredClone(result)));
      };
      void deliver().then(answer, (error: unknown) => this.#world.after(this.#delayMs(), () => reject(error)));
    };
    this.#world.after(this.#delayMs(), arrive);
    if (this.#random.chance(twice)) this.#world.after(this.#delayMs() + this.#delayMs(), arrive);
    return promise;
  }

  #delayMs(): number {
    if (this.#random.chance(this.faults.slow)) return this.#random.magnitude(NEAR_MS, SLOW_MS);
    return this.#random.between(0, this.#random.chance(0.5) ? FAST_MS : NEAR_MS);
  }
}
