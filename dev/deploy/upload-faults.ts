import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Wrangler } from "./wrangler.ts";

/** Where wrangler would upload other modules than those that lie beside the config. Asks no network. */
export async function uploadFaults(wrangler: Wrangler, configPath: string, modulesDir: string): Promise<string[]> {
  const upload = await mkdtemp(join(tmpdir(), "prismatic-upload-"));
  try {
    await wrangler.bundle(configPath, upload);
    const [built, uploaded] = [await modulesIn(modulesDir), await modulesIn(upload)];
    return [...new Set([...built.keys(), ...uploaded.keys()])]
      .filter((name) => built.get(name) !== uploaded.get(name))
      .map((name) => `a deploy would not upload ${name} as it was built`);
  } finally {
    await rm(upload, { recursive: true, force: true });
  }
}

async function modulesIn(directory: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".js"));
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name), "utf8")] as const)),
  );
}
