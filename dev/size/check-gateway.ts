/**
 * `npm run size`: builds the gateway as it is deployed and checks what the data plane promises to stay: small where every
 * isolate pays, bounded in the rest, and free of everything it must not hold (design ARCHITECTURE section 1). Asks
 * wrangler besides whether it would upload just these modules. Prints the parts, exits 1 when a bound is passed.
 */
import { execFileSync, type ExecFileSyncOptions } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bundleGateway, type GatewayBundle } from "../build/bundle-gateway.ts";

/** What an isolate starts with, without the catalogue. */
const START_GZIP_MAX_BYTES = 110_000;
/** What calls load when they need it, all of it together. */
const LAZY_GZIP_MAX_BYTES = 110_000;
const CATALOGUE_GZIP_MAX_BYTES = 40_000;
const FORBIDDEN =
  /node_modules\/(drizzle-orm|stripe|better-auth|@better-auth|@neondatabase|pg|postgres|@simplewebauthn)\//;
const CATALOGUE_FILE = "src/catalog/generated/catalog.json";
const root = join(import.meta.dirname, "..", "..");

const partOf = (file: string): string =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file.split("/").slice(0, 2).join("/");

/** As one archive, which is how wrangler states the size of an upload. */
function gzipBytes({ files }: GatewayBundle, names: readonly string[]): number {
  return gzipSync(Buffer.concat(names.map((name) => files.get(name)?.contents ?? new Uint8Array()))).length;
}

function inputsOf({ outputs }: GatewayBundle, names: readonly string[]): readonly (readonly [string, number])[] {
  return names.flatMap((name) =>
    Object.entries(outputs[name]?.inputs ?? {}).map(([file, { bytesInOutput }]) => [file, bytesInOutput] as const),
  );
}

/** Where a deploy's upload differs from the modules that were measured, by name. */
function uploadFaults({ files }: GatewayBundle): readonly string[] {
  const directory = mkdtempSync(join(tmpdir(), "prismatic-size-"));
  try {
    const quietly: ExecFileSyncOptions = { cwd: root, stdio: ["ignore", "ignore", "inherit"] };
    execFileSync(process.execPath, ["dev/build/gateway.ts"], quietly);
    execFileSync("wrangler", ["deploy", "--dry-run", "--outdir", directory], quietly);
    const uploaded = readdirSync(directory).filter((name) => name.endsWith(".js"));
    return [...new Set([...uploaded, ...files.keys()])]
      .filter(
        (name) => !uploaded.includes(name) || files.get(name)?.text !== readFileSync(join(directory, name), "utf8"),
      )
      .map((name) => `a deploy would not upload ${name} as it was built`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const bundle = await bundleGateway({ minify: true, splitting: true, sourcemap: false });
const start = [...bundle.start];
const lazy = [...bundle.files.keys()].filter((name) => !bundle.start.has(name));

const parts = new Map<string, number>();
for (const [file, bytes] of inputsOf(bundle, start)) parts.set(partOf(file), (parts.get(partOf(file)) ?? 0) + bytes);
for (const [part, bytes] of [...parts].sort((a, b) => b[1] - a[1])) console.log(String(bytes).padStart(8), part);
console.log("loaded by the calls that need it:");
for (const name of lazy) {
  const folders = new Set(inputsOf(bundle, [name]).map(([file]) => file.split("/").slice(0, -1).join("/")));
  console.log(String(bundle.files.get(name)?.contents.length).padStart(8), name, [...folders].slice(0, 3).join(" "));
}

const catalogueBytes = gzipSync(readFileSync(join(root, CATALOGUE_FILE))).length;
const startBytes = gzipBytes(bundle, start) - catalogueBytes;
const lazyBytes = gzipBytes(bundle, lazy);
const bounded = (what: string, bytes: number, maxBytes: number): readonly string[] =>
  bytes > maxBytes ? [`${what} is ${bytes} bytes gzip, over ${maxBytes}`] : [];
const faults = [
  ...bounded("what an isolate starts with", startBytes, START_GZIP_MAX_BYTES),
  ...bounded("what is loaded later", lazyBytes, LAZY_GZIP_MAX_BYTES),
  ...bounded("the catalogue", catalogueBytes, CATALOGUE_GZIP_MAX_BYTES),
  ...inputsOf(bundle, [...start, ...lazy])
    .filter(([file]) => FORBIDDEN.test(file))
    .map(([file]) => `holds ${file}`),
  ...uploadFaults(bundle),
];
console.log(
  `gateway, gzip: start ${startBytes} bytes in ${start.length} modules, catalogue ${catalogueBytes}, later ${lazyBytes} in ${lazy.length}`,
);
for (const fault of faults) console.error(`gateway: ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
