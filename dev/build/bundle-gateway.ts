import { build, type Metafile, type OutputFile } from "esbuild";
import { join } from "node:path";
import { directImports } from "./direct-imports.ts";

const ROOT = join(import.meta.dirname, "..", "..");

export interface BundleOptions {
  readonly minify: boolean;
  /** False: one file, with everything that is loaded later in it from the start. */
  readonly splitting: boolean;
  readonly sourcemap: boolean;
}

export interface GatewayBundle {
  /** By name; `index.js` is the Worker. */
  readonly files: ReadonlyMap<string, OutputFile>;
  /** Names of `index.js` and of all that it imports statically: what an isolate starts with. */
  readonly start: ReadonlySet<string>;
  readonly outputs: Metafile["outputs"];
}

/** Builds the gateway Worker in memory: the one description of how, for deploys, the dev stack, the size check and the bench. */
export async function bundleGateway({ minify, splitting, sourcemap }: BundleOptions): Promise<GatewayBundle> {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: ["workers/gateway/index.ts"],
    outdir: "dist/gateway",
    entryNames: "index",
    chunkNames: "[name]-[hash]",
    bundle: true,
    write: false,
    metafile: true,
    splitting,
    minify,
    sourcemap: sourcemap ? "inline" : false,
    format: "esm",
    target: "es2024",
    platform: "neutral",
    mainFields: ["browser", "module", "main"],
    conditions: ["workerd", "worker", "browser", "import"],
    external: ["cloudflare:*", "node:*"],
    plugins: [directImports()],
    logLevel: "silent",
  });
  const prefix = "dist/gateway/";
  const outputs: Metafile["outputs"] = {};
  for (const [path, output] of Object.entries(result.metafile.outputs)) outputs[path.slice(prefix.length)] = output;
  const files = new Map(result.outputFiles.map((file) => [file.path.slice(join(ROOT, prefix, "/").length), file]));
  return { files, outputs, start: startOf(outputs, prefix) };
}

function startOf(outputs: Metafile["outputs"], prefix: string): ReadonlySet<string> {
  const start = new Set(["index.js"]);
  // A set may grow while it is walked: each name is visited once, so that the walk ends with the files.
  for (const name of start) {
    for (const { path, kind } of outputs[name]?.imports ?? []) {
      if (kind === "import-statement" && path.startsWith(prefix)) start.add(path.slice(prefix.length));
    }
  }
  return start;
}
