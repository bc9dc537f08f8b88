import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { bundleGateway } from "../../dev/build/bundle-gateway.ts";

export interface Bundle {
  readonly path: string;
  /** All of it, relative to the directory; the first is the Worker. */
  readonly modules: readonly string[];
  readonly rawBytes: number;
  readonly gzipBytes: number;
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
  return { path, modules: [`${name}.js`], rawBytes: bytes.length, gzipBytes: gzipSync(bytes).length };
}

export type GatewayForm = "split" | "one file" | "readable";

/** The gateway: `split` into the modules that a deploy uploads, in one file, or in one with its functions' names for profiles. */
export async function bundleGatewayInto(directory: string, form: GatewayForm): Promise<Bundle> {
  const folder = `gateway-${form.replace(" ", "-")}`;
  await mkdir(join(directory, folder), { recursive: true });
  const { files } = await bundleGateway({
    minify: form !== "readable",
    splitting: form === "split",
    sourcemap: false,
  });
  for (const [name, { contents }] of files) await writeFile(join(directory, folder, name), contents);
  const bytes = Buffer.concat([...files.values()].map(({ contents }) => contents));
  return {
    path: join(directory, folder, "index.js"),
    modules: ["index.js", ...[...files.keys()].filter((name) => name !== "index.js")].map((name) => join(folder, name)),
    rawBytes: bytes.length,
    gzipBytes: gzipSync(bytes).length,
  };
}
