import { PgliteDatabase, type PgliteBounds } from "../../../dev/database/pglite-database.ts";
import type { Logins } from "../../../dev/database/logins.ts";
import { createNeonEndpoint } from "../../../dev/neon/endpoint.ts";
import { listen } from "../../../dev/stack/listen.ts";

/** Creating a database takes seconds on a busy machine: more than vitest allows a hook by default. */
export const START_TIMEOUT_MS = 60_000;

/** Quotes in the password show that it survives the connection string. */
export const LOGINS: Logins = new Map([
  ["app", { password: "app p@ss/w:rd?", role: "app" }],
  ["reader", { password: "reader-password", role: "reader" }],
  ["postgres", { password: "owner-password", role: null }],
]);

const TABLES = `
  CREATE ROLE app; CREATE ROLE reader;
  CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL UNIQUE);
  CREATE TABLE secret (id int);
  GRANT SELECT, INSERT ON note TO app; GRANT SELECT ON note TO reader;
  CREATE FUNCTION trusted() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN current_user; END $$;`;

/** An embedded database in memory with two tables and two roles. */
export async function openDatabase(bounds: Partial<PgliteBounds> = {}): Promise<PgliteDatabase> {
  const database = await PgliteDatabase.open(null, bounds);
  await database.run(null, (session) => session.script(TABLES));
  return database;
}

export function connectionString(user: string, port = 5432): string {
  const password = encodeURIComponent(LOGINS.get(user)?.password ?? "no such user");
  return `postgresql://${user}:${password}@127.0.0.1:${port}/postgres`;
}

export interface NeonStack {
  readonly database: PgliteDatabase;
  readonly url: string;
  close(): Promise<void>;
}

export async function openNeon(options: { readonly maxBodyBytes?: number } = {}): Promise<NeonStack> {
  const database = await openDatabase();
  const server = createNeonEndpoint({ database, logins: LOGINS, ...options });
  const port = await listen(server, 0, "Neon endpoint");
  return {
    database,
    url: `http://127.0.0.1:${port}/sql`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      await database.close();
    },
  };
}
