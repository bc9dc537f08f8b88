import { neon, neonConfig } from "@neondatabase/serverless";
import { asOwner, toText } from "../database/owner-queries.ts";
import { openDatabase, pgliteDir } from "../stack/databases.ts";
import { isStackRunning, takeInstanceLock } from "../stack/instance-lock.ts";
import { callConsole } from "../stack/cron.ts";
import { connectionString, loginsOf, readSecrets, type DevSecrets } from "../stack/secrets.ts";
import { readState } from "../stack/state.ts";
import { KeyArgumentError } from "./argument-error.ts";
import type { Query } from "./create-key.ts";

export interface KeyStore {
  readonly query: Query;
  readonly secrets: DevSecrets;
  /** Tells a running stack; false when none runs, and the next start will tell the Account objects. */
  project(): Promise<boolean>;
}

/**
 * Runs work against the dev stack's database: through the running stack under the console's role, since two processes
 * must not open the embedded database, else directly. Throws `KeyArgumentError` when no stack has run yet.
 */
export async function withKeyStore<T>(
  dataDir: string,
  databaseUrl: string | null,
  work: (store: KeyStore) => Promise<T>,
): Promise<T> {
  const secrets = await readSecrets(dataDir);
  if (!secrets) throw new KeyArgumentError("there is no data yet: run `npm run dev` once");
  if (await isStackRunning(dataDir)) return work(await runningStore(dataDir, secrets));
  const lock = await takeInstanceLock(dataDir);
  if (!lock) throw new KeyArgumentError("the dev stack is starting or stopping: try again in a moment");
  try {
    const source = databaseUrl === null ? { pgliteDir: pgliteDir(dataDir) } : { url: databaseUrl };
    const database = await openDatabase(source, loginsOf(secrets));
    try {
      return await asOwner(database, (owner) =>
        work({ secrets, query: (sql, params) => owner.query(sql, [...params]), project: () => Promise.resolve(false) }),
      );
    } finally {
      await database.close();
    }
  } finally {
    await lock.release();
  }
}

async function runningStore(dataDir: string, secrets: DevSecrets): Promise<KeyStore> {
  const state = await readState(dataDir);
  if (!state) throw new KeyArgumentError("the dev stack is starting or stopping: try again in a moment");
  const { hostname, port } = new URL(state.database_url);
  neonConfig.fetchEndpoint = `${state.neon}/sql`;
  const sql = neon(connectionString(secrets, "console_app", hostname, Number(port)));
  return {
    secrets,
    query: async <T>(text: string, params: readonly unknown[]) => {
      const rows = await sql.query(text, params.map(toText));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller states the row type of its own SQL
      return rows as T[];
    },
    project: async () => {
      await callConsole(state.console, "project", secrets.internal_token);
      return true;
    },
  };
}
