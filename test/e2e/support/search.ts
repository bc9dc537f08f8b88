import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { World } from "./world.ts";

/** Where something was looked for, each with everything that stands there. */
export interface Haystack {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Every row of every table as text, our own and the migration runner's. */
export async function dumpTables(world: World): Promise<Haystack[]> {
  const tables = await world.sql<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  );
  const stacks: Haystack[] = [];
  for (const { name } of tables) {
    const rows = await world.sql<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`);
    stacks.push({ name: `table ${name}`, bytes: Buffer.from(rows.map(({ row }) => row).join("\n")) });
  }
  return stacks;
}

/** Every file below a folder of the data directory, as it lies on the disk. */
export async function dumpFiles(world: World, folder: string): Promise<Haystack[]> {
  const root = join(world.dataDir, folder);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (path) => ({ name: path.slice(world.dataDir.length + 1), bytes: await readFile(path) })),
  );
}

export function dumpLogs(world: World): Haystack[] {
  return [{ name: "log lines", bytes: Buffer.from(world.logLines.join("\n")) }];
}

/** The names of the places that hold the text. */
export function placesOf(text: string, haystacks: readonly Haystack[]): string[] {
  return haystacks.filter(({ bytes }) => bytes.includes(text)).map(({ name }) => name);
}
