import { Client, Pool, type ClientBase, type CustomTypesConfig, type QueryArrayConfig } from "pg";
import { postgresErrorOf, type Database, type RawResult, type SqlSession } from "./database.ts";
import { RESTORE_SQL } from "./harden-pglite.ts";
import type { Logins } from "./logins.ts";
import { quoteIdentifier } from "./quote.ts";

const MAX_CONNECTIONS_PER_ROLE = 8;
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const IDLE_TRANSACTION_TIMEOUT_MS = 5_000;

/** Values stay in Postgres' text form. */
const RAW_TYPES: CustomTypesConfig = { getTypeParser: () => (value: string | Buffer) => String(value) };

/**
 * A Postgres server of the developer's own (`DATABASE_URL`). Each role is a real login with a connection pool of its
 * own, so the server itself holds every role to its grants.
 */
export class PostgresDatabase implements Database {
  readonly kind = "postgres";
  readonly #url: string;
  readonly #logins: Logins;
  readonly #pools = new Map<string | null, Pool>();

  /** `url` is the owner's. `logins` says which password each role connects with; `provisionLogins` sets them. */
  constructor(url: string, logins: Logins) {
    this.#url = url;
    this.#logins = logins;
  }

  async run<T>(role: string | null, work: (session: SqlSession) => Promise<T>): Promise<T> {
    const client = await asPostgresError(() => this.#pool(role).connect());
    // A connection that is not known to be clean is closed, not handed on.
    let broken = true;
    try {
      const result = await work({
        execute: (text, params = []) => asPostgresError(() => execute(client, text, params)),
        script: async (sql) => {
          await asPostgresError(() => client.query(sql));
        },
      });
      // A transaction left open is no session for anybody else; settings left behind are taken back.
      if (client.getTransactionStatus() === "I") {
        await client.query(RESTORE_SQL);
        broken = false;
      }
      return result;
    } finally {
      client.release(broken);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()));
    this.#pools.clear();
  }

  #pool(role: string | null): Pool {
    const known = this.#pools.get(role);
    if (known) return known;
    const pool = new Pool({
      connectionString: role === null ? this.#url : loginUrl(this.#url, role, passwordOf(this.#logins, role)),
      max: MAX_CONNECTIONS_PER_ROLE,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    });
    // An idle connection that the server closes is replaced at the next use; without a listener it would end the process.
    pool.on("error", () => undefined);
    this.#pools.set(role, pool);
    return pool;
  }
}

/** Lets each role log in with its password. Needs the owner's right to alter roles; run after the migrations. */
export async function provisionLogins(database: Database, logins: Logins): Promise<void> {
  await database.run(null, async (session) => {
    for (const { role, password } of logins.values()) {
      if (role === null) continue;
      await session.script(`ALTER ROLE ${quoteIdentifier(role)} LOGIN PASSWORD '${password.replaceAll("'", "''")}'`);
    }
  });
}

/** The same server and database, with another user. */
export function loginUrl(url: string, user: string, password: string): string {
  const result = new URL(url);
  result.username = encodeURIComponent(user);
  result.password = encodeURIComponent(password);
  return result.href;
}

/** Throws when no server answers at the address, with the reason but without the password. */
export async function checkReachable(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  try {
    await client.connect();
  } finally {
    await client.end();
  }
}

function passwordOf(logins: Logins, role: string): string {
  for (const login of logins.values()) if (login.role === role) return login.password;
  throw new Error(`no login is configured for the role ${role}`);
}

async function execute(client: ClientBase, text: string, params: readonly (string | null)[]): Promise<RawResult> {
  // @types/pg lacks `queryMode`; without it a statement without parameters goes by the simple protocol, which takes several.
  const query: QueryArrayConfig & { readonly queryMode: "extended" } = {
    text,
    values: [...params],
    rowMode: "array",
    types: RAW_TYPES,
    queryMode: "extended",
  };
  const result = await client.query<(string | null)[]>(query);
  return { command: result.command, rowCount: result.rowCount, fields: result.fields, rows: result.rows };
}

async function asPostgresError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw postgresErrorOf(error) ?? error;
  }
}
