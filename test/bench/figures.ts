import type { TargetName } from "./options.ts";

/** What is measured, with its unit last. */
export const MEASURES = [
  "added_p50_ms",
  "p50_ms",
  "p99_ms",
  "p99_over_p50",
  "requests_per_second",
  "first_chunk_p50_ms",
  "first_chunk_p99_ms",
  "cpu_per_chunk_us",
  "burst_chunks_per_second",
] as const;
export type Measure = (typeof MEASURES)[number];

/** Every figure of every round, in the order of the rounds. */
export class Figures {
  readonly #values = new Map<string, number[]>();

  add(measure: Measure, target: TargetName, value: number): void {
    const key = keyOf(measure, target);
    const values = this.#values.get(key);
    if (values) values.push(value);
    else this.#values.set(key, [value]);
  }

  /** One value per round; empty when the target was not measured so. */
  of(measure: Measure, target: TargetName): readonly number[] {
    return this.#values.get(keyOf(measure, target)) ?? [];
  }

  /** `"measure target"` to its rounds, for the JSON file. */
  toJSON(): Record<string, readonly number[]> {
    return Object.fromEntries(this.#values);
  }
}

const keyOf = (measure: Measure, target: TargetName): string => `${measure} ${target}`;
