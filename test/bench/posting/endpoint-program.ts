/**
 * The local Neon endpoint (dev/neon) over a Postgres, as a process of its own, so that its CPU time is told apart from
 * the caller's. `GET /timings` on its second port answers and forgets where its time went since the last time asked.
 * Usage: node test/bench/posting/endpoint-program.ts <owner's url> <password of gateway_app>
 */
import { createServer, type Server } from "node:http";
import type { Database, SqlSession } from "../../../dev/database/database.ts";
import { PostgresDatabase } from "../../../dev/database/postgres-database.ts";
import { createNeonEndpoint } from "../../../dev/neon/endpoint.ts";
import { DATA_PLANE_ROLE, type EndpointTimings } from "./start-endpoint.ts";

const LOOPBACK = "127.0.0.1";

/** Sums over requests, each from its beginning to its end. */
class Timings {
  #sums: EndpointTimings = { requests: 0, requestMs: 0, sessionMs: 0, statementMs: 0 };

  add(part: Partial<EndpointTimings>): void {
    const { requests = 0, requestMs = 0, sessionMs = 0, statementMs = 0 } = part;
    this.#sums = {
      requests: this.#sums.requests + requests,
      requestMs: this.#sums.requestMs + requestMs,
      sessionMs: this.#sums.sessionMs + sessionMs,
      statementMs: this.#sums.statementMs + statementMs,
    };
  }

  take(): EndpointTimings {
    const sums = this.#sums;
    this.#sums = { requests: 0, requestMs: 0, sessionMs: 0, statementMs: 0 };
    return sums;
  }
}

/** The database as it is, with a clock at its doors. */
function timed(database: Database, timings: Timings): Database {
  return {
    kind: database.kind,
    run: async (role, work) => {
      const startMs = performance.now();
      try {
        return await database.run(role, (session) => work(timedSession(session, timings)));
      } finally {
        timings.add({ sessionMs: performance.now() - startMs });
      }
    },
    close: () => database.close(),
  };
}

function timedSession(session: SqlSession, timings: Timings): SqlSession {
  return {
    execute: async (text, params) => {
      const startMs = performance.now();
      try {
        return await session.execute(text, params);
      } finally {
        timings.add({ statementMs: performance.now() - startMs });
      }
    },
    script: (sql) => session.script(sql),
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, LOOPBACK, () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
    });
  });
}

const [url, password] = process.argv.slice(2);
if (url === undefined || password === undefined) throw new Error("usage: endpoint-program.ts <url> <password>");
const logins = new Map([[DATA_PLANE_ROLE, { password, role: DATA_PLANE_ROLE }]]);
const timings = new Timings();
const endpoint = createNeonEndpoint({ database: timed(new PostgresDatabase(url, logins), timings), logins });
endpoint.prependListener("request", (_, response) => {
  const startMs = performance.now();
  response.once("finish", () => timings.add({ requests: 1, requestMs: performance.now() - startMs }));
});
const control = createServer((_, response) => response.end(JSON.stringify(timings.take())));
const ports = { port: await listen(endpoint), timingsPort: await listen(control) };
process.stdout.write(`${JSON.stringify(ports)}\n`);
