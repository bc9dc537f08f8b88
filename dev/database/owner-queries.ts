import type { Database, RawResult, SqlSession } from "./database.ts";
import { parseText } from "./parse-text.ts";

/** What the migration runner and the seed work with: the owner's session, values as `pg` reads them (int8 as text). */
export interface OwnerQueries {
  exec(sql: string): Promise<void>;
  query<T>(sql: string, params?: unknown[]): Promise<T[]>;
}

/** Runs work as the owner, alone in its session from beginning to end. */
export function asOwner<T>(database: Database, work: (owner: OwnerQueries) => Promise<T>): Promise<T> {
  return database.run(null, (session) => work(ownerQueries(session)));
}

function ownerQueries(session: SqlSession): OwnerQueries {
  return {
    exec: (sql) => session.script(sql),
    query: async <T>(sql: string, params: unknown[] = []) =>
      readRows<T>(await session.execute(sql, params.map(toText))),
  };
}

/** A parameter in Postgres' text form. Objects go as JSON; arrays must be passed as JSON or array literals by the caller. */
export function toText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  return JSON.stringify(value);
}

function readRows<T>({ fields, rows }: RawResult): T[] {
  return rows.map((row) => {
    const entries = fields.map((field, index) => {
      const value = row[index] ?? null;
      return [field.name, value === null ? null : parseText(field.dataTypeID, value)] as const;
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller states the row type of its own SQL, as with pg
    return Object.fromEntries(entries) as T;
  });
}
