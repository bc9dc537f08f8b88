import type { RandomBytes } from "#kernel";
import { randomFraction } from "./random-fraction.ts";

/** One of several keys by weight, those that are cooling left out unless nothing else is left. Null for an empty list. */
export function chooseKey<Key extends { readonly id: string; readonly weight: number }>(
  keys: readonly Key[],
  random: RandomBytes,
  cooling: ReadonlySet<string>,
): Key | null {
  const warm = keys.filter(({ id }) => !cooling.has(id));
  const usable = warm.length > 0 ? warm : keys;
  const total = usable.reduce((sum, { weight }) => sum + weight, 0);
  let at = randomFraction(random) * total;
  for (const key of usable) {
    at -= key.weight;
    if (at < 0) return key;
  }
  return usable.at(-1) ?? null;
}
