import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

/** One session of a database: PGlite, `pg`, or Neon's driver. Several statements may come in one `exec`. */
export interface MigrationDatabase {
  exec(sql: string): Promise<void>;
  query<T>(sql: string, params?: unknown[]): Promise<T[]>;
}

export interface MigrationFile {
  /** `0001_tables`. */
  readonly tag: string;
  readonly sql: string;
  /** SHA-256 of the file, hex: what drizzle's own migrator records. */
  readonly hash: string;
  /** The journal's time for it, ms; the order of application. */
  readonly createdAtMs: number;
}

interface Journal {
  readonly entries: readonly { readonly tag: string; readonly when: number }[];
}

const MIGRATIONS_URL = new URL("../../migrations/", import.meta.url);
/** Any fixed number will do: it keeps two deployers from migrating one database at once. */
const ADVISORY_LOCK = 7_226_471_103;
/** Raised inside a migration's transaction when another runner was faster. */
const ALREADY_APPLIED = "PR900";

/** Every migration in the journal's order. Source: drizzle-kit's `migrations/meta/_journal.json`. */
export async function migrationFiles(): Promise<MigrationFile[]> {
  const journal = parseJournal(await readFile(new URL("meta/_journal.json", MIGRATIONS_URL), "utf8"));
  return Promise.all(
    journal.entries.map(async ({ tag, when }) => {
      const sql = await readFile(new URL(`${tag}.sql`, MIGRATIONS_URL), "utf8");
      return { tag, sql, hash: createHash("sha256").update(sql).digest("hex"), createdAtMs: when };
    }),
  );
}

/**
 * Brings a database to the newest schema and answers the tags it applied now. Safe to call again and from several
 * processes: each migration is one transaction under an advisory lock. The table of record is drizzle's own.
 * Throws when a migration that was applied has changed since: a landed migration is immutable.
 */
export async function applyMigrations(db: MigrationDatabase): Promise<string[]> {
  // Under the lock too: `if not exists` alone fails when two runners make the table in the same instant.
  await db.exec(`begin;
    select pg_advisory_xact_lock(${ADVISORY_LOCK});
    create schema if not exists drizzle;
    create table if not exists drizzle.__drizzle_migrations (
      id serial primary key, hash text not null, created_at bigint
    );
    commit;`);
  const rows = await db.query<{ hash: string; created_at: string | number | bigint }>(
    "select hash, created_at from drizzle.__drizzle_migrations",
  );
  const applied = new Map(rows.map((row) => [Number(row.created_at), row.hash]));
  const appliedNow: string[] = [];
  for (const file of await migrationFiles()) {
    const hash = applied.get(file.createdAtMs);
    if (hash !== undefined && hash !== file.hash)
      throw new Error(`migration ${file.tag} was changed after it was applied; start from an empty database`);
    if (hash === undefined && (await applyOne(db, file))) appliedNow.push(file.tag);
  }
  return appliedNow;
}

async function applyOne(db: MigrationDatabase, file: MigrationFile): Promise<boolean> {
  try {
    await db.exec(asTransaction(file));
    return true;
  } catch (error) {
    // The failed transaction is still open on a single session; on a pooled one this does nothing.
    await db.exec("rollback");
    if (error instanceof Error && "code" in error && error.code === ALREADY_APPLIED) return false;
    throw new Error(`migration ${file.tag} failed`, { cause: error });
  }
}

/** One text, so that the transaction holds together even where each call may get another session. */
function asTransaction(file: MigrationFile): string {
  return `begin;
select pg_advisory_xact_lock(${ADVISORY_LOCK});
do $guard$ begin
  if exists (select from drizzle.__drizzle_migrations where created_at = ${file.createdAtMs}) then
    raise exception 'applied by another runner' using errcode = '${ALREADY_APPLIED}';
  end if;
end $guard$;
${file.sql}
;insert into drizzle.__drizzle_migrations (hash, created_at) values ('${file.hash}', ${file.createdAtMs});
commit;`;
}

function parseJournal(text: string): Journal {
  const journal: unknown = JSON.parse(text);
  if (!isJournal(journal)) throw new Error("migrations/meta/_journal.json is not drizzle-kit's journal");
  return journal;
}

function isJournal(value: unknown): value is Journal {
  return typeof value === "object" && value !== null && "entries" in value && Array.isArray(value.entries);
}
