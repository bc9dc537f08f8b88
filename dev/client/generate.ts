import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { clientTypes } from "./client-types.ts";

/** Writes the control API's types for its client from docs/openapi.json. `--check` writes nothing and fails when they are not current. */
const ROOT = resolve(import.meta.dirname, "../..");
const FILE = resolve(ROOT, "cli/client/generated.ts");

function main(check: boolean): number {
  const text = clientTypes(JSON.parse(readFileSync(resolve(ROOT, "docs/openapi.json"), "utf8")));
  if (!check) {
    writeFileSync(FILE, text);
    return 0;
  }
  if (readFileSync(FILE, "utf8") === text) return 0;
  console.error("cli/client/generated.ts is not what docs/openapi.json says: run npm run openapi");
  return 1;
}

process.exitCode = main(process.argv.includes("--check"));
