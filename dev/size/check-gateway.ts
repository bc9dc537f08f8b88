/**
 * `npm run size`: builds the gateway as it is deployed and checks what the data plane promises to stay: small where every
 * isolate pays, bounded in the rest, and free of everything it must not hold (design ARCHITECTURE section 1).
 * Prints the parts, exits 1 when a bound is passed. That a deploy uploads just these modules `npm run deploy` checks.
 */
import { bundleGateway } from "../build/bundle-gateway.ts";
import { inputsOf, lazyNames, measureGateway } from "./measure-gateway.ts";

const partOf = (file: string): string =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file.split("/").slice(0, 2).join("/");

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

const { faults, summary } = await measureGateway(bundle);
console.log(summary);
for (const fault of faults) console.error(`gateway: ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
