import { migrationFiles, type MigrationDatabase } from "./migrate.ts";

export interface MigrationStatus {
  /** Tags that `applyMigrations` would apply, in order. */
  readonly pending: readonly string[];
  /** How many the database has that this tree does not know: it is ahead. */
  readonly unknown: number;
  /** Tags that were applied and have changed since. */
  readonly changed: readonly string[];
}

/** What a database has of this tree's migrations. Only reads, also where there is no table of record yet. */
export async function migrationStatus(db: MigrationDatabase): Promise<MigrationStatus> {
  const files = await migrationFiles();
  const [table] = await db.query<{ name: string | null }>(
    "select to_regclass('drizzle.__drizzle_migrations')::text as name",
  );
  if ((table?.name ?? null) === null) return { pending: files.map(({ tag }) => tag), unknown: 0, changed: [] };
  const rows = await db.query<{ hash: string; created_at: string | number | bigint }>(
    "select hash, created_at from drizzle.__drizzle_migrations",
  );
  const applied = new Map(rows.map((row) => [Number(row.created_at), row.hash]));
  const known = new Set(files.map(({ createdAtMs }) => createdAtMs));
  return {
    pending: files.filter(({ createdAtMs }) => !applied.has(createdAtMs)).map(({ tag }) => tag),
    unknown: [...applied.keys()].filter((createdAtMs) => !known.has(createdAtMs)).length,
    changed: files.filter(({ createdAtMs, hash }) => (applied.get(createdAtMs) ?? hash) !== hash).map(({ tag }) => tag),
  };
}
