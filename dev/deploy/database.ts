import { Client } from "pg";
import { applyMigrations, type MigrationDatabase } from "../database/migrate.ts";
import { migrationStatus, type MigrationStatus } from "../database/migration-status.ts";
import { quoteIdentifier } from "../database/quote.ts";
import { DeployError } from "./deploy-error.ts";

/** The production database, as its owner. */
export interface DeployDatabase {
  status(): Promise<MigrationStatus>;
  /** Answers the tags that it applied. */
  migrate(): Promise<readonly string[]>;
  /** Lets a role log in with a password. */
  allowLogin(role: string, password: string): Promise<void>;
  close(): Promise<void>;
}

export interface DatabasePort {
  open(ownerUrl: string): Promise<DeployDatabase>;
  /** Who is logged in with this address. Throws where nobody is. */
  userOf(url: string): Promise<string>;
}

const CONNECT_TIMEOUT_MS = 15_000;
/** One migration; a long one belongs into several. */
const STATEMENT_TIMEOUT_MS = 600_000;
/** A migration waits this long for a table, and everybody behind it as long: then it gives up and is run again. */
const LOCK_TIMEOUT_MS = 10_000;

export const postgresPort: DatabasePort = {
  open: async (ownerUrl) => deployDatabase(await connect(ownerUrl)),
  userOf: async (url) => {
    const client = await connect(url);
    try {
      const { rows } = await client.query<{ name: string }>("select current_user::text as name");
      return rows[0]?.name ?? "";
    } finally {
      await client.end();
    }
  },
};

function deployDatabase(client: Client): DeployDatabase {
  return {
    ...ownerWork(clientQueries(client)),
    close: () => client.end(),
  };
}

/** The work itself, on any session. */
export function ownerWork(db: MigrationDatabase): Omit<DeployDatabase, "close"> {
  return {
    status: () => migrationStatus(db),
    migrate: () => applyMigrations(db),
    // A statement of its kind takes no parameters: the password is base64url, made here.
    allowLogin: (role, password) =>
      db.exec(`alter role ${quoteIdentifier(role)} login password '${password.replaceAll("'", "''")}'`),
  };
}

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({
    connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    application_name: "prismatic-deploy",
  });
  // A connection that the server closes between two statements is found by the next one.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    const { hostname } = new URL(connectionString);
    throw new DeployError(`no Postgres lets this login in at ${hostname}`, undefined, { cause });
  }
  return client;
}

function clientQueries(client: Client): MigrationDatabase {
  return {
    exec: async (sql) => void (await client.query(sql)),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller states the row type of its own SQL, as with pg
    query: async <T>(sql: string, params?: unknown[]) => (await client.query(sql, params)).rows as T[],
  };
}
