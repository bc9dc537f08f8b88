/**
 * `npm run size`: builds the gateway as `wrangler deploy` would and checks what the data plane promises to stay: small,
 * and free of everything it must not hold (design ARCHITECTURE section 1). Prints the parts, exits 1 when a bound is passed.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const CODE_GZIP_MAX_BYTES = 110_000;
const CATALOGUE_GZIP_MAX_BYTES = 40_000;
const FORBIDDEN =
  /node_modules\/(drizzle-orm|stripe|better-auth|@better-auth|@neondatabase|pg|postgres|@simplewebauthn)\//;
const CATALOGUE_FILE = "src/catalog/generated/catalog.json";
const root = join(import.meta.dirname, "..", "..");

interface Built {
  readonly code: Buffer;
  /** Bytes in the bundle, by input file. */
  readonly inputs: ReadonlyMap<string, number>;
}

function build(): Built {
  const directory = mkdtempSync(join(tmpdir(), "prismatic-size-"));
  try {
    const metafile = join(directory, "meta.json");
    execFileSync("wrangler", ["deploy", "--dry-run", "--minify", "--outdir", directory, "--metafile", metafile], {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const meta: unknown = JSON.parse(readFileSync(metafile, "utf8"));
    return { code: readFileSync(join(directory, "index.js")), inputs: inputsOf(meta) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Reads esbuild's metafile: the inputs of the output that has an entry point. */
function inputsOf(meta: unknown): ReadonlyMap<string, number> {
  const member = (value: unknown, name: string): unknown => Reflect.get(Object(value), name);
  for (const output of Object.values(Object(member(meta, "outputs")))) {
    if (typeof member(output, "entryPoint") !== "string") continue;
    return new Map(
      Object.entries(Object(member(output, "inputs"))).map(([file, input]) => [
        file,
        Number(member(input, "bytesInOutput")),
      ]),
    );
  }
  throw new Error("the metafile names no entry point");
}

const partOf = (file: string): string =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file.split("/").slice(0, 2).join("/");

const { code, inputs } = build();
const catalogueBytes = gzipSync(readFileSync(join(root, CATALOGUE_FILE))).length;
const codeBytes = gzipSync(code).length - catalogueBytes;
const parts = new Map<string, number>();
for (const [file, bytes] of inputs) parts.set(partOf(file), (parts.get(partOf(file)) ?? 0) + bytes);
for (const [part, bytes] of [...parts].sort((a, b) => b[1] - a[1])) console.log(String(bytes).padStart(8), part);

const faults = [
  ...(codeBytes > CODE_GZIP_MAX_BYTES ? [`code is ${codeBytes} bytes gzip, over ${CODE_GZIP_MAX_BYTES}`] : []),
  ...(catalogueBytes > CATALOGUE_GZIP_MAX_BYTES
    ? [`catalogue is ${catalogueBytes} bytes gzip, over ${CATALOGUE_GZIP_MAX_BYTES}`]
    : []),
  ...[...inputs.keys()].filter((file) => FORBIDDEN.test(file)).map((file) => `holds ${file}`),
];
console.log(`gateway: code ${codeBytes} bytes gzip, catalogue ${catalogueBytes} bytes gzip`);
for (const fault of faults) console.error(`gateway: ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
