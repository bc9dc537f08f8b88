import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { applyMigrations, type MigrationDatabase } from "../../dev/database/migrate.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Found as an import finds it: a mutated copy of this repository has no packages of its own. */
const PGLITE = join(dirname(createRequire(import.meta.url).resolve("@electric-sql/pglite")), "../package.json");
const CACHE = resolve(dirname(PGLITE), "../../.cache/test-databases");
const MIGRATIONS = join(ROOT, "migrations");
/** Each takes some megabytes; a mutant of a migration leaves one of its own. */
const CACHE_MAX_FILES = 4;

/**
 * An embedded Postgres in memory with every migration applied. Creating one takes seconds of both cores, so the first
 * leaves a copy that later ones begin from. Its name is a hash of all that made it: nothing stale is ever loaded.
 */
export async function openMigratedPglite(): Promise<PGlite> {
  return PGlite.create({ loadDataDir: await copyOfMigratedPglite() });
}

/** Such a database as a file, for whoever opens it elsewhere. */
export async function copyOfMigratedPglite(): Promise<Blob> {
  const file = join(CACHE, `${await hashOfSources()}.tar.gz`);
  const kept = await readFile(file).catch(() => null);
  if (kept !== null) return new Blob([kept]);
  const pglite = await PGlite.create();
  await applyMigrations(pgliteMigrations(pglite));
  const copy = await pglite.dumpDataDir("gzip");
  await pglite.close();
  await keep(file, copy);
  return copy;
}

/** PGlite as the migration runner wants it. */
function pgliteMigrations(db: PGlite): MigrationDatabase {
  return {
    exec: async (sql) => void (await db.exec(sql)),
    query: async <T>(sql: string, params?: unknown[]) => (await db.query<T>(sql, params)).rows,
  };
}

async function hashOfSources(): Promise<string> {
  const migrations = (await readdir(MIGRATIONS)).filter((name) => name.endsWith(".sql")).toSorted();
  const sources = [
    PGLITE,
    join(ROOT, "dev/database/migrate.ts"),
    join(MIGRATIONS, "meta/_journal.json"),
    ...migrations.map((name) => join(MIGRATIONS, name)),
  ];
  const hash = createHash("sha256");
  for (const source of sources) hash.update(await readFile(source)).update("\0");
  return hash.digest("hex");
}

/** Written aside and renamed, so that another test file never loads half of it. */
async function keep(file: string, copy: Blob): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const unfinished = join(CACHE, `${randomUUID()}.part`);
  await writeFile(unfinished, copy.stream());
  await rename(unfinished, file);
  const names = await readdir(CACHE);
  const kept = await Promise.all(names.map(async (name) => ({ name, ms: await lastWritten(join(CACHE, name)) })));
  const old = kept.toSorted((left, right) => right.ms - left.ms).slice(CACHE_MAX_FILES);
  await Promise.all(old.map(({ name }) => rm(join(CACHE, name), { force: true })));
}

/** Another test file may have removed it meanwhile. */
const lastWritten = async (file: string) =>
  stat(file)
    .then(({ mtimeMs }) => mtimeMs)
    .catch(() => 0);
