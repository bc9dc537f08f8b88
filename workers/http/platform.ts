import type { Clock, RandomBytes } from "#kernel";

/** The real clock and randomness, handed to domain code by compose. */
export const systemClock: Clock = { nowMs: () => Date.now() };

export const systemRandom: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));
