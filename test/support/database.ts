import { randomBytes } from "node:crypto";
import type { PGlite } from "@electric-sql/pglite";
import { drizzle as drizzlePg } from "drizzle-orm/node-postgres";
import { drizzle as drizzlePglite } from "drizzle-orm/pglite";
import { Client, Pool } from "pg";
import type { Database } from "#store";
import { applyMigrations, type MigrationDatabase } from "../../dev/database/migrate.ts";
import { openMigratedPglite } from "./migrated-pglite.ts";

/** For `beforeAll`: an embedded Postgres starts in a second, but not on a machine that is busy with other suites. */
export const databaseStartMs = 60_000;

export type DatabaseRole = "gateway_app" | "console_app" | "readonly_app";

/** A fresh, migrated database that one test file owns. */
export interface TestDatabase {
  readonly engine: "pglite" | "postgres";
  /** Runs one statement as the owner, or under a role. Fails with the Postgres error (`code` is the SQLSTATE). */
  query<T = Record<string, unknown>>(sql: string, params?: readonly unknown[], role?: DatabaseRole): Promise<T[]>;
  /** Several statements in one transaction as the owner; rolled back when one fails. */
  transaction(statements: readonly string[]): Promise<void>;
  /** As the console's own code has it: a drizzle database under its role. */
  asConsole(): Promise<Database>;
  /** Another session on the same database. Real Postgres only: PGlite has one session, and this throws there. */
  connect(login?: { readonly user: string; readonly password: string }): Promise<Client>;
  close(): Promise<void>;
}

/**
 * PGlite in memory, or a throw-away database on the real Postgres that TEST_DATABASE_URL names, so that the same
 * suites run on both.
 */
export async function openTestDatabase(): Promise<TestDatabase> {
  const url = process.env["TEST_DATABASE_URL"];
  return url === undefined ? openPglite() : openPostgres(url);
}

async function openPglite(): Promise<TestDatabase> {
  const db = await openMigratedPglite();
  return {
    engine: "pglite",
    async query<T>(sql: string, params: readonly unknown[] = [], role?: DatabaseRole) {
      if (role === undefined) return (await db.query<T>(sql, [...params])).rows;
      return db.transaction(async (tx) => {
        await tx.exec(`set local role ${role}`);
        return (await tx.query<T>(sql, [...params])).rows;
      });
    },
    transaction: async (statements) => {
      await db.transaction(async (tx) => {
        for (const statement of statements) await tx.exec(statement);
      });
    },
    asConsole: () => Promise.resolve(drizzlePglite(underRole(db, "console_app"))),
    connect: () => Promise.reject(new Error("PGlite has one session")),
    close: () => db.close(),
  };
}

/** The same embedded database, each statement of which runs under a role. Only `query` is of use to drizzle here. */
function underRole(db: PGlite, role: DatabaseRole): PGlite {
  return new Proxy(db, {
    get: (target, name) =>
      name === "query"
        ? (...parameters: Parameters<PGlite["query"]>) =>
            target.transaction(async (tx) => {
              await tx.exec(`set local role ${role}`);
              return tx.query(...parameters);
            })
        : Reflect.get(target, name, target),
  });
}

/** A connected `pg` client as the migration runner wants it. */
export function clientMigrations(client: Client): MigrationDatabase {
  return {
    exec: async (sql) => void (await client.query(sql)),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller names the row type of its own statement, as with PGlite
    query: async <T>(sql: string, params?: unknown[]) => (await client.query(sql, params)).rows as T[],
  };
}

async function openPostgres(url: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  await withClient(url, (admin) => admin.query(`create database ${name}`));
  const ownUrl = new URL(url);
  ownUrl.pathname = `/${name}`;
  const owner = await connectTo(ownUrl);
  const sessions: Client[] = [owner];
  const pools: Pool[] = [];
  const db = clientMigrations(owner);
  await applyMigrations(db);
  // One session, one statement at a time: `pg` would interleave a role's transaction with another call's statement.
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = tail.then(work, work);
    tail = turn.catch(() => null);
    return turn;
  };
  const atomically = async <T>(work: () => Promise<T>): Promise<T> => {
    await owner.query("begin");
    try {
      const result = await work();
      await owner.query("commit");
      return result;
    } catch (error) {
      await owner.query("rollback");
      throw error;
    }
  };
  return {
    engine: "postgres",
    query: <T>(sql: string, params: readonly unknown[] = [], role?: DatabaseRole) =>
      inTurn(() =>
        role === undefined
          ? db.query<T>(sql, [...params])
          : atomically(async () => {
              await owner.query(`set local role ${role}`);
              return db.query<T>(sql, [...params]);
            }),
      ),
    transaction: (statements) =>
      inTurn(() =>
        atomically(async () => {
          for (const statement of statements) await owner.query(statement);
        }),
      ),
    async asConsole() {
      // A role that is taken brings no settings with it: these are its login's (migrations/0015).
      const options = "-c role=console_app -c jit=off -c random_page_cost=1.1";
      const pool = new Pool({ connectionString: ownUrl.href, options });
      // A pool says that it has ended before its sessions have: the database is dropped from under them.
      pool.on("error", () => null);
      pools.push(pool);
      return drizzlePg(pool);
    },
    async connect(login) {
      const session = await connectTo(ownUrl, login);
      sessions.push(session);
      return session;
    },
    async close() {
      await Promise.all([...sessions, ...pools].map((session) => session.end()));
      await withClient(url, (admin) => admin.query(`drop database ${name} with (force)`));
    },
  };
}

async function connectTo(url: URL, login?: { readonly user: string; readonly password: string }): Promise<Client> {
  const own = new URL(url);
  if (login !== undefined) {
    own.username = login.user;
    own.password = login.password;
  }
  const client = new Client({ connectionString: own.href });
  // A session that a test kills on purpose reports it here too; the failing query is what the test looks at.
  client.on("error", () => null);
  await client.connect();
  return client;
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connectTo(new URL(url));
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
