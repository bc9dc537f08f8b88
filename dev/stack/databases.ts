import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "../database/database.ts";
import type { Logins } from "../database/logins.ts";
import { applyMigrations } from "../database/migrate.ts";
import { asOwner } from "../database/owner-queries.ts";
import { PgliteDatabase } from "../database/pglite-database.ts";
import { checkReachable, PostgresDatabase, provisionLogins } from "../database/postgres-database.ts";

/** Opens the database and brings it to the newest schema; roles can log in afterwards. */
export async function openDatabase(
  source: { readonly url: string } | { readonly pgliteDir: string | null; readonly copy?: Blob | null },
  logins: Logins,
): Promise<Database> {
  const database =
    "url" in source
      ? await openServer(source.url, logins)
      : await PgliteDatabase.open(source.pgliteDir, {}, source.copy ?? null);
  try {
    await asOwner(database, applyMigrations);
    // The embedded database checks passwords at its doors; a server checks them itself.
    if (database.kind === "postgres") await provisionLogins(database, logins);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

export const pgliteDir = (dataDir: string): string => join(dataDir, "pg");
export const objectsDir = (dataDir: string): string => join(dataDir, "objects");

/** Forgets everything that a stack on this directory has stored. Keys and secrets go too: they belong to the data. */
export async function wipeData(dataDir: string): Promise<void> {
  await rm(dataDir, { recursive: true, force: true });
}

async function openServer(url: string, logins: Logins): Promise<Database> {
  try {
    await checkReachable(url);
  } catch (error) {
    const { hostname, port } = new URL(url);
    throw new Error(`DATABASE_URL: no Postgres answers at ${hostname}:${port || "5432"} as its owner`, {
      cause: error,
    });
  }
  return new PostgresDatabase(url, logins);
}
