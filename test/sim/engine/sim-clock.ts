import type { Clock } from "#kernel";
import type { World } from "./world.ts";

/** How long a jump is remembered: longer than any window or lease that it could have widened. */
const REMEMBERED_MS = 600_000;

/** A machine's idea of the time: skewed, and now and then put right or wrong. */
export class SimClock implements Clock {
  readonly #world: World;
  readonly #jumps: { readonly atMs: number; readonly byMs: number }[] = [];
  #offsetMs: number;

  constructor(world: World, offsetMs: number) {
    this.#world = world;
    this.#offsetMs = offsetMs;
  }

  nowMs(): number {
    return this.#world.nowMs + this.#offsetMs;
  }

  jump(byMs: number): void {
    this.#offsetMs += byMs;
    this.#jumps.push({ atMs: this.#world.nowMs, byMs });
    while ((this.#jumps[0]?.atMs ?? Infinity) < this.#world.nowMs - REMEMBERED_MS) this.#jumps.shift();
  }

  /** By how much durations measured since that instant of the world may be wrong. */
  jumpedSinceMs(sinceMs: number): number {
    let sum = 0;
    for (const { atMs, byMs } of this.#jumps) if (atMs >= sinceMs) sum += Math.abs(byMs);
    return sum;
  }
}
