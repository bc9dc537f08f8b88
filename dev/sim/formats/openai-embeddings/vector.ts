import { seedOf, sequenceFrom } from "../../text.ts";

const STEPS = 65_536;

/** A deterministic vector of length one: equal texts are equal, different texts nearly orthogonal. */
export function makeVector(text: string, length: number): Float32Array {
  const next = sequenceFrom(seedOf(text));
  const vector = Float32Array.from({ length }, () => (next(STEPS) - STEPS / 2 + 0.5) / STEPS);
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / norm);
}
