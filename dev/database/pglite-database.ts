import { PostgresError, type Database, type RawResult, type SqlSession } from "./database.ts";
import { ExclusiveQueue } from "./exclusive-queue.ts";
import { HARDENING_SQL, RESTORE_SQL } from "./harden-pglite.ts";
import { PgliteEngine } from "./pglite-engine.ts";
import { decodeMessages, encodeExtendedQuery, encodeSimpleQuery, finalStatus, SYNC } from "./protocol.ts";
import { quoteIdentifier } from "./quote.ts";
import { guardStatements } from "./statement-guard.ts";

export interface PgliteBounds {
  /** A statement that runs longer is cut off, by ending the thread it runs in. */
  readonly statementTimeoutMs: number;
  /** How many callers may wait for their turn. */
  readonly maxWaiting: number;
}

export const PGLITE_BOUNDS: PgliteBounds = { statementTimeoutMs: 30_000, maxWaiting: 1_000 };

/** The session while one caller holds it, under that caller's role. */
export interface PgliteLease {
  /** Frontend messages in, backend messages out, untouched. The caller has guarded the statements inside. */
  send(bytes: Uint8Array): Promise<Uint8Array>;
  /** Ends an open transaction, takes off the role and what the caller left behind, and lets the next one in. */
  release(): Promise<void>;
}

/**
 * Embedded Postgres. It has one session, so callers take turns, each under `SET ROLE` of its connection string's role.
 * The role is set outside any transaction of the caller's: a COMMIT or ROLLBACK that the caller sends does not end it,
 * as it would end SET LOCAL ROLE.
 */
export class PgliteDatabase implements Database {
  readonly kind = "pglite";
  readonly #engine: PgliteEngine;
  readonly #queue: ExclusiveQueue;
  readonly #bounds: PgliteBounds;
  #closed = false;

  private constructor(engine: PgliteEngine, bounds: PgliteBounds) {
    this.#engine = engine;
    this.#bounds = bounds;
    this.#queue = new ExclusiveQueue(bounds.maxWaiting);
  }

  /** Opens (and if need be creates) the data directory; null keeps the data in memory only, which may begin with a copy. */
  static async open(
    dataDir: string | null,
    bounds: Partial<PgliteBounds> = {},
    copy: Blob | null = null,
  ): Promise<PgliteDatabase> {
    const engine = new PgliteEngine({ dataDir, copy });
    const database = new PgliteDatabase(engine, { ...PGLITE_BOUNDS, ...bounds });
    await database.#start();
    return database;
  }

  async run<T>(role: string | null, work: (session: SqlSession) => Promise<T>): Promise<T> {
    const lease = await this.lease(role);
    const guard = role === null ? (): void => undefined : guardStatements;
    try {
      return await work({
        execute: async (text, params = []) => {
          guard(text);
          return readResult(await lease.send(encodeExtendedQuery(text, params)));
        },
        script: async (sql) => {
          guard(sql);
          readResult(await lease.send(encodeSimpleQuery(sql)));
        },
      });
    } finally {
      await lease.release();
    }
  }

  /** Waits for the session and takes on the role (null: the owner). Throws `PostgresError` when that role does not exist. */
  async lease(role: string | null): Promise<PgliteLease> {
    const turn = await this.#queue.take();
    let inTransaction = false;
    const send = async (bytes: Uint8Array): Promise<Uint8Array> => {
      const answer = await this.#engine.execute(bytes, this.#bounds.statementTimeoutMs);
      const status = finalStatus(answer);
      // A run without ReadyForQuery leaves the extended protocol mid-way: the release must roll back and synchronise.
      inTransaction = status !== "idle";
      return answer;
    };
    const release = async (): Promise<void> => {
      try {
        if (!this.#engine.running) return;
        if (inTransaction) await this.#rollBack();
        await this.#script(RESTORE_SQL);
      } finally {
        turn.release();
      }
    };
    try {
      if (this.#closed)
        throw new PostgresError({ severity: "FATAL", code: "57P01", message: "the database is closed" });
      if (!this.#engine.running) await this.#start();
      if (role !== null) await this.#script(`SET ROLE ${quoteIdentifier(role)}`);
    } catch (error) {
      turn.release();
      throw error;
    }
    return { send, release };
  }

  async close(): Promise<void> {
    const turn = await this.#queue.take();
    this.#closed = true;
    try {
      await this.#engine.close();
    } finally {
      turn.release();
    }
  }

  async #start(): Promise<void> {
    await this.#engine.start();
    await this.#script(HARDENING_SQL);
  }

  /** Also out of the middle of an extended query: after an error there, Postgres passes over everything until a Sync. */
  async #rollBack(): Promise<void> {
    const rollBack = encodeSimpleQuery("ROLLBACK");
    const answer = await this.#engine.execute(rollBack, this.#bounds.statementTimeoutMs);
    if (finalStatus(answer) === "idle") return;
    await this.#engine.execute(SYNC, this.#bounds.statementTimeoutMs);
    await this.#engine.execute(rollBack, this.#bounds.statementTimeoutMs);
  }

  async #script(sql: string): Promise<void> {
    readResult(await this.#engine.execute(encodeSimpleQuery(sql), this.#bounds.statementTimeoutMs));
  }
}

function readResult(bytes: Uint8Array): RawResult {
  const { results, error } = decodeMessages(bytes);
  if (error) throw error;
  return results.at(-1) ?? { command: "", rowCount: null, fields: [], rows: [] };
}
