/** Where it is there, so are all others. */
export const NEWEST_TABLE = "budget_scope";

/**
 * The object's own tables. A row's `body` is its JSON as `src/admission/rows.ts` defines it, amounts as text (SQLite's
 * integers reach JavaScript as 53-bit numbers); columns beside it are only what is looked up or ordered by. A later
 * version adds whole tables at the end; an object that lacks the last one is given those that it lacks.
 */
export const ACCOUNT_TABLES = [
  "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID",
  "CREATE TABLE IF NOT EXISTS key_record (hash TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID",
  "CREATE TABLE IF NOT EXISTS retired_key (hash TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID",
  "CREATE TABLE IF NOT EXISTS hold (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT",
  // The rowid keeps the order of ending, so that pruning reads only the head of the table.
  "CREATE TABLE IF NOT EXISTS ended (id TEXT PRIMARY KEY, ended_at_ms INTEGER NOT NULL, body TEXT NOT NULL) STRICT",
  `CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, enqueued_at_ms INTEGER NOT NULL,
    set_aside TEXT, body TEXT NOT NULL) STRICT`,
  `CREATE INDEX IF NOT EXISTS outbox_correction ON outbox (body ->> '$.item.correction.receipt_id')
    WHERE body ->> '$.item.type' = 'correction'`,
  "CREATE TABLE IF NOT EXISTS credit (entry_id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID",
  `CREATE TABLE IF NOT EXISTS key_window (key_hash TEXT NOT NULL, second INTEGER NOT NULL, requests INTEGER NOT NULL,
    tokens INTEGER NOT NULL, PRIMARY KEY (key_hash, second)) STRICT, WITHOUT ROWID`,
  "CREATE TABLE IF NOT EXISTS provider_key (provider TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID",
  // The rowid keeps the order of ending.
  "CREATE TABLE IF NOT EXISTS idempotency (name TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT",
  "CREATE TABLE IF NOT EXISTS lease (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT",
  `CREATE TABLE IF NOT EXISTS ${NEWEST_TABLE} (name TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID`,
] as const;

/** One statement writes many rows, given as one JSON array: a Durable Object binds at most 100 parameters. */
export const PUT_STATEMENTS = {
  meta: upsert("meta", ["name"], []),
  keyRecords: upsert("key_record", ["hash"], []),
  scopes: upsert("budget_scope", ["name"], []),
  retiredKeys: upsert("retired_key", ["hash"], []),
  providerKeys: upsert("provider_key", ["provider"], []),
  holds: upsert("hold", ["id"], []),
  leases: upsert("lease", ["id"], []),
  idempotency: upsert("idempotency", ["name"], []),
  ended: upsert("ended", ["id"], ["ended_at_ms"]),
  // A second row under one receipt id violates UNIQUE and fails the turn: better no answer than two receipts.
  outbox: upsert("outbox", ["seq"], ["id", "enqueued_at_ms", "set_aside"]),
  credits: upsert("credit", ["entry_id"], []),
  keyWindows: `INSERT INTO key_window (key_hash, second, requests, tokens)
    SELECT value ->> '$.key_hash', value ->> '$.second', value ->> '$.requests', value ->> '$.tokens'
    FROM json_each(?) WHERE true
    ON CONFLICT (key_hash, second) DO UPDATE SET requests = excluded.requests, tokens = excluded.tokens`,
} as const;

export const REMOVE_STATEMENTS = {
  keyRecords: "DELETE FROM key_record WHERE hash IN (SELECT value FROM json_each(?))",
  holds: "DELETE FROM hold WHERE id IN (SELECT value FROM json_each(?))",
  leases: "DELETE FROM lease WHERE id IN (SELECT value FROM json_each(?))",
  idempotency: "DELETE FROM idempotency WHERE name IN (SELECT value FROM json_each(?))",
  outbox: "DELETE FROM outbox WHERE seq IN (SELECT value FROM json_each(?))",
  keyWindows: `DELETE FROM key_window WHERE (key_hash, second) IN
    (SELECT value ->> '$.key_hash', value ->> '$.second' FROM json_each(?))`,
} as const;

export const PRUNE_STATEMENT = `DELETE FROM ended WHERE rowid IN
  (SELECT rowid FROM (SELECT rowid, ended_at_ms FROM ended ORDER BY rowid LIMIT ?) WHERE ended_at_ms < ?)`;

function upsert(table: string, key: readonly string[], columns: readonly string[]): string {
  const names = [...key, ...columns];
  const updates = [...columns, "body"].map((name) => `${name} = excluded.${name}`);
  return `INSERT INTO ${table} (${names.join(", ")}, body)
    SELECT ${names.map((name) => `value ->> '$.${name}'`).join(", ")}, value FROM json_each(?) WHERE true
    ON CONFLICT (${key.join(", ")}) DO UPDATE SET ${updates.join(", ")}`;
}
