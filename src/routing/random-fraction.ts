import type { RandomBytes } from "#kernel";

const BYTES = 4;
const STEPS = 2 ** 32;

/** A number from 0 up to, not including, 1. */
export function randomFraction(random: RandomBytes): number {
  const bytes = random(BYTES);
  return bytes.reduce((value, byte) => value * 256 + byte, 0) / STEPS;
}
