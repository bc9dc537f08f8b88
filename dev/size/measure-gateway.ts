import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { GatewayBundle } from "../build/bundle-gateway.ts";

/** What an isolate starts with, without the catalogue. */
const START_GZIP_MAX_BYTES = 110_000;
/** What calls load when they need it, all of it together. */
const LAZY_GZIP_MAX_BYTES = 110_000;
const CATALOGUE_GZIP_MAX_BYTES = 40_000;
const FORBIDDEN =
  /node_modules\/(drizzle-orm|stripe|better-auth|@better-auth|@neondatabase|pg|postgres|@simplewebauthn)\//;
const CATALOGUE_FILE = join(import.meta.dirname, "..", "..", "src/catalog/generated/catalog.json");

export interface GatewaySize {
  /** Bounds that are passed, and what must not be inside. */
  readonly faults: readonly string[];
  readonly summary: string;
}

/** What a built gateway weighs, against what the data plane promises to stay (design ARCHITECTURE section 1). */
export async function measureGateway(bundle: GatewayBundle): Promise<GatewaySize> {
  const start = [...bundle.start];
  const lazy = lazyNames(bundle);
  const catalogueBytes = gzipSync(await readFile(CATALOGUE_FILE)).length;
  const startBytes = gzipBytes(bundle, start) - catalogueBytes;
  const lazyBytes = gzipBytes(bundle, lazy);
  const bounded = (what: string, bytes: number, maxBytes: number): readonly string[] =>
    bytes > maxBytes ? [`${what} is ${bytes} bytes gzip, over ${maxBytes}`] : [];
  return {
    faults: [
      ...bounded("what an isolate starts with", startBytes, START_GZIP_MAX_BYTES),
      ...bounded("what is loaded later", lazyBytes, LAZY_GZIP_MAX_BYTES),
      ...bounded("the catalogue", catalogueBytes, CATALOGUE_GZIP_MAX_BYTES),
      ...inputsOf(bundle, [...start, ...lazy])
        .filter(([file]) => FORBIDDEN.test(file))
        .map(([file]) => `holds ${file}`),
    ],
    summary: `gateway, gzip: start ${startBytes} bytes in ${start.length} modules, catalogue ${catalogueBytes}, later ${lazyBytes} in ${lazy.length}`,
  };
}

export const lazyNames = ({ files, start }: GatewayBundle): readonly string[] =>
  [...files.keys()].filter((name) => !start.has(name));

export function inputsOf({ outputs }: GatewayBundle, names: readonly string[]): readonly (readonly [string, number])[] {
  return names.flatMap((name) =>
    Object.entries(outputs[name]?.inputs ?? {}).map(([file, { bytesInOutput }]) => [file, bytesInOutput] as const),
  );
}

/** As one archive, which is how wrangler states the size of an upload. */
function gzipBytes({ files }: GatewayBundle, names: readonly string[]): number {
  return gzipSync(Buffer.concat(names.map((name) => files.get(name)?.contents ?? new Uint8Array()))).length;
}
