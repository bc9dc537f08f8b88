import type { Clock, RandomBytes } from "#kernel";
import type { Timer } from "#providers";

/** The real clock and randomness, handed to domain code by compose. */
export const systemClock: Clock = { nowMs: () => Date.now() };

export const systemRandom: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

export const systemTimer: Timer = {
  start: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
