import { createServer, type Server } from "node:net";
import type { Logins } from "../database/logins.ts";
import type { PgliteDatabase } from "../database/pglite-database.ts";
import { WireConnection, type WireContext } from "./connection.ts";

const MAX_CONNECTIONS = 100;
export const IDLE_TRANSACTION_TIMEOUT_MS = 5_000;

export interface WireOptions {
  readonly database: PgliteDatabase;
  readonly logins: Logins;
  readonly idleTransactionTimeoutMs?: number;
}

export interface WireServer {
  /** Does not listen yet. */
  readonly server: Server;
  /** Ends every connection and waits until each has let go of the database. */
  closeConnections(): Promise<void>;
}

/**
 * Postgres' wire protocol for the embedded database, so that `psql`, `pg` and any other client work. As behind a pooler
 * in transaction mode, settings last for one transaction and LISTEN has no effect; connections take turns.
 */
export async function createWireServer(options: WireOptions): Promise<WireServer> {
  const context: WireContext = {
    database: options.database,
    logins: options.logins,
    parameters: await readParameters(options.database),
    idleTransactionTimeoutMs: options.idleTransactionTimeoutMs ?? IDLE_TRANSACTION_TIMEOUT_MS,
  };
  const open = new Map<Promise<void>, () => void>();
  let lastId = 0;
  const server = createServer((socket) => {
    lastId += 1;
    // A reset by the client ends the read loop with this error; without a listener it would end the process.
    socket.on("error", () => undefined);
    const served = new WireConnection(context, socket, lastId).serve().catch((error: unknown) => {
      console.error("postgres wire:", error);
    });
    open.set(served, () => socket.destroy());
    void served.finally(() => open.delete(served));
  });
  server.maxConnections = MAX_CONNECTIONS;
  return {
    server,
    closeConnections: async () => {
      for (const destroy of open.values()) destroy();
      await Promise.all(open.keys());
    },
  };
}

const REPORTED = [
  "server_version",
  "server_encoding",
  "client_encoding",
  "DateStyle",
  "IntervalStyle",
  "TimeZone",
  "integer_datetimes",
  "standard_conforming_strings",
];

async function readParameters(database: PgliteDatabase): Promise<Record<string, string>> {
  return database.run(null, async (session) => {
    const settings = await session.execute("SELECT name, setting FROM pg_settings WHERE name = ANY($1)", [
      `{${REPORTED.join(",")}}`,
    ]);
    return Object.fromEntries(settings.rows.map(([name, value]) => [name ?? "", value ?? ""]));
  });
}
