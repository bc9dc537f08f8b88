import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");

interface Keeper {
  readonly promise: string;
  /** A file, a folder or a pattern below test/. */
  readonly path: string;
  /** Traps whose test it must have, by their numbers in the design. */
  readonly traps: readonly string[];
}

/** The rows of README's table, a keeper for each path that they name. */
function readKeepers(): Keeper[] {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, section = ""] = /## What it promises[^\n]*\n([\s\S]*?)\n## /.exec(readme) ?? [];
  const rows = section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2);
  return rows.flatMap((row) => {
    const [, promise = "", keptBy = ""] = row.split("|").map((cell) => cell.trim());
    let traps: string[] = [];
    return [...keptBy.matchAll(/`([^`]+)`/g)].flatMap(([, name = ""]): Keeper[] => {
      if (/^[GBS]\d+$/.test(name)) {
        traps.push(name);
        return [];
      }
      if (!name.startsWith("test/")) return [];
      const keeper = { promise, path: name, traps };
      traps = [];
      return [keeper];
    });
  });
}

/** What the tests at a path say, and the suites that they may register. */
function textOf(path: string): string {
  const files = globSync([path, `${path}/**/*.ts`], { cwd: root }).filter((file) => file.endsWith(".ts"));
  if (files.length === 0) return "";
  const suites = globSync(["test/support/tellers/**/*.ts", "test/support/suites/*.ts"], { cwd: root });
  return [...files, ...suites].map((file) => readFileSync(join(root, file), "utf8")).join("\n");
}

describe("README's promises", () => {
  const keepers = readKeepers();

  test("are a table of which each row names what keeps it", () => {
    expect(keepers.length).toBeGreaterThan(20);
  });

  test.each(keepers)("$promise: $path exists and has $traps", ({ path, traps }) => {
    const text = textOf(path);
    expect(text).not.toBe("");
    expect(traps.filter((trap) => !new RegExp(String.raw`["\`(, ]${trap}[:, )]`).test(text))).toEqual([]);
  });
});
