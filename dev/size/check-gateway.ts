/**
 * `npm run size`: builds the gateway as it is deployed and checks what the data plane promises to stay: small where every
 * isolate pays, bounded in the rest, and free of everything it must not hold (design ARCHITECTURE section 1). Asks
 * wrangler besides whether it would upload just these modules. Prints the parts, exits 1 when a bound is passed.
 */
import { execFileSync, type ExecFileSyncOptions } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleGateway, type GatewayBundle } from "../build/bundle-gateway.ts";
import { inputsOf, lazyNames, measureGateway } from "./measure-gateway.ts";

const root = join(import.meta.dirname, "..", "..");

const partOf = (file: string): string =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file.split("/").slice(0, 2).join("/");

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
const lazy = lazyNames(bundle);

const parts = new Map<string, number>();
for (const [file, bytes] of inputsOf(bundle, start)) parts.set(partOf(file), (parts.get(partOf(file)) ?? 0) + bytes);
for (const [part, bytes] of [...parts].sort((a, b) => b[1] - a[1])) console.log(String(bytes).padStart(8), part);
console.log("loaded by the calls that need it:");
for (const name of lazy) {
  const folders = new Set(inputsOf(bundle, [name]).map(([file]) => file.split("/").slice(0, -1).join("/")));
  console.log(String(bundle.files.get(name)?.contents.length).padStart(8), name, [...folders].slice(0, 3).join(" "));
}

const { faults: overweight, summary } = await measureGateway(bundle);
const faults = [...overweight, ...uploadFaults(bundle)];
console.log(summary);
for (const fault of faults) console.error(`gateway: ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
