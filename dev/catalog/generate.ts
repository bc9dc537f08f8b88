import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import type { EncodedCatalog } from "../../src/catalog/encoded.ts";
import { buildCatalog, catalogText } from "./build.ts";
import { priceChanges } from "./price-changes.ts";

/**
 * `npm run catalog` writes src/catalog/generated/catalog.json from the installed price package and prints what changed.
 * `--check` writes nothing and fails when the committed file is not what they give.
 */
const ROOT = resolve(import.meta.dirname, "../..");
const FILE = resolve(ROOT, "src/catalog/generated/catalog.json");
const PACKAGE_FILE = resolve(ROOT, "node_modules/@pydantic/genai-prices/package.json");
/** Of the compressed catalogue in the gateway bundle (ARCHITECTURE section 1). */
const GZIP_BYTES_MAX = 40_960;

function main(check: boolean): number {
  const built = buildCatalog(packageVersion());
  const committed = readCommitted();
  // The date is of the last change, not of the run, so that the same data gives the same file on any day.
  const unchanged = committed?.version.split(".")[1] === built.hash;
  const version = unchanged ? committed.version : `${new Date().toISOString().slice(0, 10)}.${built.hash}`;
  const text = catalogText(version, built.content);
  const changes = priceChanges(committed ?? { models: [] }, built.content);
  const gzipBytes = gzipSync(text).length;
  if (!check) for (const line of built.leftOut) console.log(`left out ${line}`);
  for (const line of changes) console.log(line);
  console.log(
    `${built.content.models.length} endpoints, ${built.leftOut.length} names left out, ${gzipBytes} bytes gzip, ${version}`,
  );
  if (gzipBytes > GZIP_BYTES_MAX) return fail(`the catalogue is larger than ${GZIP_BYTES_MAX} bytes gzip`);
  if (existsSync(FILE) && readFileSync(FILE, "utf8") === text) return 0;
  if (check) return fail("src/catalog/generated/catalog.json is not what the price package gives: run npm run catalog");
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, text);
  return 0;
}

function fail(message: string): number {
  console.error(message);
  return 1;
}

function packageVersion(): string {
  const { version }: { version: string } = JSON.parse(readFileSync(PACKAGE_FILE, "utf8"));
  return version;
}

function readCommitted(): EncodedCatalog | null {
  if (!existsSync(FILE)) return null;
  const committed: EncodedCatalog = JSON.parse(readFileSync(FILE, "utf8"));
  return committed;
}

process.exitCode = main(process.argv.includes("--check"));
