import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "vitest";

const REPOSITORY = resolve(import.meta.dirname, "../../..");

/** The recorded provider responses, which lie beside a checkout and not in it. */
const RECORDED = resolve(REPOSITORY, "../shared/fixtures");
export const OWN_FIXTURES = resolve(REPOSITORY, "test/fixtures/openai-chat");

/** Runs a suite only where the recorded responses are, and says so where they are not. */
export function describeRecorded(name: string, body: () => void): void {
  if (existsSync(RECORDED)) describe(name, body);
  else describe(name, () => it.skip("skipped: the recorded responses are not beside this checkout", () => undefined));
}

export function readRecorded(path: string): string {
  return readFileSync(resolve(RECORDED, path), "utf8");
}

export function readChunks(path: string): unknown[] {
  const lines = readRecorded(path)
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line): unknown => JSON.parse(line));
}

/** Key names in order with the types of their values: what "the same shape" means for two JSON values. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  return Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]);
}
