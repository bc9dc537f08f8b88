import { fileURLToPath } from "node:url";
import { z } from "zod";
import { createEdgeSql, type EdgeSql } from "#edge-sql";
import { start, type Started } from "../processes.ts";

export const DATA_PLANE_ROLE = "gateway_app";
/** As long as the Account object waits (`LEDGER_TIMEOUT_MS` of wrangler.toml allows less): a slow machine is no failure. */
const FLUSH_TIMEOUT_MS = 30_000;
const CONTROL_TIMEOUT_MS = 5_000;

const announcement = z.object({ port: z.number(), timingsPort: z.number() });
const timingsSchema = z.object({
  requests: z.number(),
  requestMs: z.number(),
  sessionMs: z.number(),
  statementMs: z.number(),
});

/** Where the endpoint's requests spent their time, summed: all of it, of that with a session of Postgres, of that in the statement. */
export type EndpointTimings = Readonly<z.infer<typeof timingsSchema>>;

export interface Endpoint {
  readonly process: Started;
  /** The production client against it. */
  readonly edge: EdgeSql;
  /** Answers the sums since the last call, and begins anew. */
  takeTimings(): Promise<EndpointTimings>;
}

export async function startEndpoint(ownerUrl: string, password: string): Promise<Endpoint> {
  let timingsPort = 0;
  const { process: started, port } = await start({
    command: process.execPath,
    args: [fileURLToPath(import.meta.resolve("./endpoint-program.ts")), ownerUrl, password],
    cores: null,
    readyDescriptor: 1,
    readLine: (line) => {
      const ports = announcement.parse(JSON.parse(line));
      timingsPort = ports.timingsPort;
      return ports.port;
    },
  });
  const edge = createEdgeSql({
    connectionString: `postgresql://${DATA_PLANE_ROLE}:${password}@bench.local/postgres`,
    endpointUrl: `http://127.0.0.1:${port}/sql`,
    fetch: (url, init) => fetch(url, init),
    timeoutMs: FLUSH_TIMEOUT_MS,
  });
  return {
    process: started,
    edge,
    takeTimings: async () => {
      const response = await fetch(`http://127.0.0.1:${timingsPort}/`, {
        signal: AbortSignal.timeout(CONTROL_TIMEOUT_MS),
      });
      return timingsSchema.parse(await response.json());
    },
  };
}
