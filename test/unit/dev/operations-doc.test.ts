import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { STEP_NAMES } from "../../../dev/deploy/step-names.ts";
import { SECRETS } from "../../../dev/deploy/secret-table.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const runbook = readFileSync(join(ROOT, "docs/operations.md"), "utf8");
/** What a line of the log begins with: a whole message, or a template's text up to its first value. */
const LOGGED = /(?:log|logger|Logger)\("(?:info|warn|error)",\s*\{\s*(?:\/\/[^\n]*\s*)?message:\s*[`"]([^`"$]+)/g;
const TERNARY_LEVEL = /\? "error" : "info", \{\s*message: (?:settlement === "settled" \? )?[`"]([^`"$]+)/g;

function messages(): ReadonlySet<string> {
  const files = readdirSync(join(ROOT, "workers"), { recursive: true, encoding: "utf8" });
  const texts = files
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(ROOT, "workers", name), "utf8"));
  return new Set(
    texts.flatMap((text) =>
      [...text.matchAll(LOGGED), ...text.matchAll(TERNARY_LEVEL)].map(([, message = ""]) => message),
    ),
  );
}

test("the runbook says of every line that a Worker logs what to do about it", () => {
  const logged = [...messages()];
  expect(logged).toEqual(
    expect.arrayContaining(["reconcile_difference", "call", "call not settled: ", "outbox_projected"]),
  );
  expect(logged.length).toBeGreaterThan(20);
  expect(logged.filter((message) => !runbook.includes(`\`${message.trimEnd()}`))).toEqual([]);
});

test("the runbook has every step and every secret of a deploy", () => {
  const own = SECRETS.filter(({ what }) => !what.startsWith("provider ")).map(({ name }) => name);
  expect([...STEP_NAMES, ...own].filter((name) => !runbook.includes(`\`${name}\``))).toEqual([]);
});
