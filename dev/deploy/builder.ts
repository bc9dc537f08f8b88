import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { bundleGateway } from "../build/bundle-gateway.ts";
import { measureGateway } from "../size/measure-gateway.ts";
import { DeployError } from "./deploy-error.ts";
import type { Worker } from "./environments.ts";
import type { Builder } from "./run.ts";
import type { Wrangler } from "./wrangler.ts";

const SOURCES: Readonly<Record<Worker, string>> = {
  gateway: "wrangler.toml",
  console: "workers/console/wrangler.toml",
};
/** All that the Workers are made of, and what makes them. */
const INPUTS = ["src", "workers", "dev/build", "dev/deploy", "package-lock.json", "wrangler.toml"];

/** Builds from the tree at `root`. */
export function builderOf(root: string, wrangler: Wrangler): Builder {
  return {
    inputs: () => hashOf(root, INPUTS),
    build: async (worker, directory) => {
      await rm(directory, { recursive: true, force: true });
      await mkdir(directory, { recursive: true });
      return worker === "gateway" ? buildGateway(directory) : buildConsole(root, wrangler, directory);
    },
    sourceConfig: async (worker) => {
      const { experimental_readRawConfig } = await import("wrangler");
      const { rawConfig } = experimental_readRawConfig({ config: join(root, SOURCES[worker]) });
      return Object.fromEntries(Object.entries(rawConfig));
    },
  };
}

/** A fingerprint of files and of all files in directories, with their names. */
export async function hashOf(
  root: string,
  paths: readonly string[],
  counts: (file: string) => boolean = () => true,
): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) {
    const files = await filesIn(join(root, path));
    for (const file of files.filter(counts))
      hash
        .update(`${relative(root, file)}\0`)
        .update(await readFile(file))
        .update("\0");
  }
  return hash.digest("hex");
}

async function filesIn(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => null);
  if (found === null) return [];
  if (found.isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted((a, b) => (a < b ? -1 : 1));
}

async function buildGateway(directory: string): Promise<readonly string[]> {
  const bundle = await bundleGateway({ minify: true, splitting: true, sourcemap: false });
  const { faults, summary } = await measureGateway(bundle);
  if (faults.length > 0) throw new DeployError(faults.map((fault) => `gateway: ${fault}`).join("\n"));
  for (const [name, { contents }] of bundle.files) await writeFile(join(directory, name), contents);
  return [summary];
}

async function buildConsole(root: string, wrangler: Wrangler, directory: string): Promise<readonly string[]> {
  await wrangler.bundle(join(root, SOURCES.console), directory);
  // Beside the module wrangler leaves a note and a map: neither is the Worker's.
  const names = await readdir(directory);
  await Promise.all(names.filter((name) => !name.endsWith(".js")).map((name) => rm(join(directory, name))));
  const { length } = await readFile(join(directory, "index.js"));
  return [`console: ${length} bytes`];
}
