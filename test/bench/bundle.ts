import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { bundleGateway } from "../../dev/build/bundle-gateway.ts";

export interface Bundle {
  readonly path: string;
  /** All of it, relative to the directory; the first is the Worker. */
  readonly modules: readonly string[];
  /** What an isolate starts with, as one archive. */
  readonly rawBytes: number;
  readonly gzipBytes: number;
  /** What calls load later; 0 for a Worker of one file. */
  readonly laterGzipBytes: number;
}

/**
 * Builds a Worker that is measured beside the gateway into a single minified module. `readable` keeps the names of
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
  return { path, modules: [`${name}.js`], ...sizes(bytes), laterGzipBytes: 0 };
}

function sizes(bytes: Uint8Array): { readonly rawBytes: number; readonly gzipBytes: number } {
  return { rawBytes: bytes.length, gzipBytes: gzipSync(bytes).length };
}

export type GatewayForm = "split" | "one file" | "readable";

/** The gateway: `split` into the modules that a deploy uploads, in one file, or in one with its functions' names for profiles. */
export async function bundleGatewayInto(directory: string, form: GatewayForm): Promise<Bundle> {
  const folder = `gateway-${form.replace(" ", "-")}`;
  await mkdir(join(directory, folder), { recursive: true });
  const { files, start } = await bundleGateway({
    minify: form !== "readable",
    splitting: form === "split",
    sourcemap: false,
  });
  for (const [name, { contents }] of files) await writeFile(join(directory, folder, name), contents);
  const archive = (isStart: boolean): Buffer =>
    Buffer.concat([...files].filter(([name]) => start.has(name) === isStart).map(([, { contents }]) => contents));
  return {
    path: join(directory, folder, "index.js"),
    modules: ["index.js", ...[...files.keys()].filter((name) => name !== "index.js")].map((name) => join(folder, name)),
    ...sizes(archive(true)),
    laterGzipBytes: files.size > start.size ? gzipSync(archive(false)).length : 0,
  };
}
