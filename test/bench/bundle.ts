import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

export interface Bundle {
  readonly path: string;
  readonly rawBytes: number;
  readonly gzipBytes: number;
}

/**
 * Builds one Worker into a single module, as the deploy does: ES module, minified. `readable` keeps the names of
 * functions, for profiles only.
 */
export async function bundleWorker(entry: string, directory: string, name: string, readable: boolean): Promise<Bundle> {
  const path = join(directory, `${name}.js`);
  await build({
    entryPoints: [entry],
    outfile: path,
    bundle: true,
    format: "esm",
    target: "es2024",
    minify: !readable,
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    logLevel: "error",
  });
  const bytes = await readFile(path);
  return { path, rawBytes: bytes.length, gzipBytes: gzipSync(bytes).length };
}
