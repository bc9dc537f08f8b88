import type {
  AccountRows,
  CreditRow,
  Effects,
  EndedRow,
  HoldRow,
  IdempotencyRow,
  KeyRow,
  KeyWindowRow,
  LeaseRow,
  MetaRow,
  OutboxRow,
  ProviderKeyRow,
  RetiredKeyRow,
  ScopeRow,
  StoredRows,
} from "#admission";
import { ACCOUNT_TABLES, NEWEST_TABLE, PRUNE_STATEMENT, PUT_STATEMENTS, REMOVE_STATEMENTS } from "./account-schema.ts";

/** Text in one bound parameter; a Durable Object refuses more than 2 MB. */
const STATEMENT_CHARACTERS_MAX = 500_000;

/**
 * The account's rows in the object's SQLite. Nothing is created before the first write, so that a call for an
 * organization that is not there leaves nothing behind.
 */
export class AccountStore implements AccountRows {
  readonly #storage: DurableObjectStorage;
  #hasTables: boolean;
  #writes = 0;
  #rowsWritten = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#hasTables = this.#hasTable("meta");
    if (this.#hasTables && !this.#hasTable(NEWEST_TABLE)) storage.transactionSync(() => this.#createTables());
  }

  /** Transactions written since the object was loaded: many calls share one. */
  get writes(): number {
    return this.#writes;
  }

  /** Rows that those transactions wrote, those of indexes included, as the platform bills them. */
  get rowsWritten(): number {
    return this.#rowsWritten;
  }

  load(): StoredRows {
    return {
      meta: this.#bodies<MetaRow>("SELECT body FROM meta"),
      keyRecords: this.#bodies<KeyRow>("SELECT body FROM key_record"),
      scopes: this.#bodies<ScopeRow>("SELECT body FROM budget_scope"),
      retiredKeys: this.#bodies<RetiredKeyRow>("SELECT body FROM retired_key"),
      providerKeys: this.#bodies<ProviderKeyRow>("SELECT body FROM provider_key"),
      holds: this.#bodies<HoldRow>("SELECT body FROM hold ORDER BY rowid"),
      leases: this.#bodies<LeaseRow>("SELECT body FROM lease ORDER BY rowid"),
      idempotency: this.#bodies<IdempotencyRow>("SELECT body FROM idempotency ORDER BY rowid"),
      credits: this.#bodies<CreditRow>("SELECT body FROM credit"),
      keyWindows: this.#windows(),
      outboxWaiting: this.#count("SELECT count(*) AS n FROM outbox WHERE set_aside IS NULL"),
      outboxSetAside: this.#count("SELECT count(*) AS n FROM outbox WHERE set_aside IS NOT NULL"),
    };
  }

  /** Writes all effects in one transaction. Throws when any of them fails; then none is written. */
  write(effects: Effects): void {
    this.#storage.transactionSync(() => {
      if (!this.#hasTables) this.#createTables();
      const { put, remove } = effects;
      this.#each(PUT_STATEMENTS.meta, put.meta);
      this.#each(PUT_STATEMENTS.keyRecords, put.keyRecords);
      this.#each(PUT_STATEMENTS.scopes, put.scopes);
      this.#each(PUT_STATEMENTS.retiredKeys, put.retiredKeys);
      this.#each(PUT_STATEMENTS.providerKeys, put.providerKeys);
      this.#each(PUT_STATEMENTS.holds, put.holds);
      this.#each(PUT_STATEMENTS.leases, put.leases);
      this.#each(PUT_STATEMENTS.idempotency, put.idempotency);
      this.#each(PUT_STATEMENTS.ended, put.ended);
      this.#each(PUT_STATEMENTS.outbox, put.outbox);
      this.#each(PUT_STATEMENTS.credits, put.credits);
      this.#each(PUT_STATEMENTS.keyWindows, put.keyWindows);
      this.#each(REMOVE_STATEMENTS.keyRecords, remove.keyRecords);
      this.#each(REMOVE_STATEMENTS.holds, remove.holds);
      this.#each(REMOVE_STATEMENTS.leases, remove.leases);
      this.#each(REMOVE_STATEMENTS.idempotency, remove.idempotency);
      this.#each(REMOVE_STATEMENTS.outbox, remove.outbox);
      this.#each(REMOVE_STATEMENTS.keyWindows, remove.keyWindows);
      const { pruneEnded } = effects;
      if (pruneEnded !== null) {
        const pruned = this.#storage.sql.exec(PRUNE_STATEMENT, pruneEnded.limit, pruneEnded.beforeMs);
        this.#rowsWritten += pruned.rowsWritten;
      }
    });
    this.#hasTables = true;
    this.#writes += 1;
  }

  findEnded(id: string): EndedRow | null {
    return this.#bodies<EndedRow>("SELECT body FROM ended WHERE id = ?", id)[0] ?? null;
  }

  endedPage({
    fromMs,
    toMs,
    after,
    limit,
  }: Parameters<AccountRows["endedPage"]>[0]): ReturnType<AccountRows["endedPage"]> {
    if (!this.#hasTables) return { ended: [], next: null };
    const cursor = this.#storage.sql.exec<{ place: number; body: string }>(
      `SELECT rowid AS place, body FROM ended WHERE rowid > ? AND ended_at_ms >= ? AND ended_at_ms < ? ORDER BY rowid LIMIT ?`,
      after,
      fromMs,
      toMs,
      limit,
    );
    const found = cursor.toArray();
    const ended = found.map(({ body }) => parseOwnRow<EndedRow>(body));
    return { ended, next: found.length < limit ? null : (found.at(-1)?.place ?? null) };
  }

  waitingIds(ids: readonly string[]): ReadonlySet<string> {
    if (!this.#hasTables) return new Set();
    const query = "SELECT id FROM outbox WHERE id IN (SELECT value FROM json_each(?))";
    const cursor = this.#storage.sql.exec<{ id: string }>(query, JSON.stringify(ids));
    return new Set(cursor.toArray().map(({ id }) => id));
  }

  findOutbox(id: string): OutboxRow | null {
    return this.#bodies<OutboxRow>("SELECT body FROM outbox WHERE id = ?", id)[0] ?? null;
  }

  findCorrections(receiptId: string): readonly OutboxRow[] {
    return this.#bodies(
      `SELECT body FROM outbox WHERE body ->> '$.item.type' = 'correction'
        AND body ->> '$.item.correction.receipt_id' = ? ORDER BY seq`,
      receiptId,
    );
  }

  outboxHead(limit: number): readonly OutboxRow[] {
    return this.#bodies("SELECT body FROM outbox WHERE set_aside IS NULL ORDER BY seq LIMIT ?", limit);
  }

  outboxRows(seqs: readonly number[]): readonly OutboxRow[] {
    const wanted = JSON.stringify(seqs);
    return this.#bodies("SELECT body FROM outbox WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq", wanted);
  }

  outboxSetAside(limit: number): readonly OutboxRow[] {
    return this.#bodies("SELECT body FROM outbox WHERE set_aside IS NOT NULL ORDER BY seq LIMIT ?", limit);
  }

  /** When the record that ended first did so, epoch ms; null when none is kept. */
  oldestEndedMs(): number | null {
    if (!this.#hasTables) return null;
    const cursor = this.#storage.sql.exec<{ ended_at_ms: number }>(
      "SELECT ended_at_ms FROM ended ORDER BY rowid LIMIT 1",
    );
    return cursor.toArray()[0]?.ended_at_ms ?? null;
  }

  #hasTable(name: string): boolean {
    const found = this.#storage.sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", name);
    return found.toArray().length > 0;
  }

  #createTables(): void {
    for (const statement of ACCOUNT_TABLES) this.#storage.sql.exec(statement);
  }

  #each(statement: string, rows: readonly unknown[]): void {
    let texts: string[] = [];
    let characters = 0;
    const send = (): void => {
      if (texts.length > 0) {
        this.#rowsWritten += this.#storage.sql.exec(statement, `[${texts.join(",")}]`).rowsWritten;
      }
      texts = [];
      characters = 0;
    };
    for (const row of rows) {
      const text = JSON.stringify(row);
      if (characters + text.length > STATEMENT_CHARACTERS_MAX) send();
      texts.push(text);
      characters += text.length;
    }
    send();
  }

  #bodies<Row>(query: string, ...bindings: (string | number)[]): Row[] {
    if (!this.#hasTables) return [];
    const cursor = this.#storage.sql.exec<{ body: string }>(query, ...bindings);
    return cursor.toArray().map(({ body }) => parseOwnRow<Row>(body));
  }

  #windows(): KeyWindowRow[] {
    if (!this.#hasTables) return [];
    type Columns = { key_hash: string; second: number; requests: number; tokens: number };
    return this.#storage.sql.exec<Columns>("SELECT key_hash, second, requests, tokens FROM key_window").toArray();
  }

  #count(query: string): number {
    return this.#hasTables ? this.#storage.sql.exec<{ n: number }>(query).one().n : 0;
  }
}

/** Guarantee: `text` is a body that this class wrote from a `Row`; nothing else writes these tables. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the row type of the table it reads
function parseOwnRow<Row>(text: string): Row {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see the guarantee above
  return JSON.parse(text) as Row;
}
