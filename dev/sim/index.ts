import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { resolve } from "node:path";
import { handleControl } from "./control.ts";
import type { DirectivesResult } from "./directives.ts";
import { Simulator } from "./exchange.ts";
import type { FaultName } from "./faults.ts";
import type { Received, Totals } from "./received.ts";

export { simulatedBaseUrl, simulatedKey } from "./providers.ts";
export type { Received } from "./received.ts";

export interface SimOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** `127.0.0.1` by default. */
  readonly host?: string;
  /** Folders that `fixture=…` reads from. By default the recorded responses beside the repository, when there, and `test/fixtures`. */
  readonly recordings?: readonly string[];
}

/** A running simulator. Each provider of `providers.ts` has its base URL below it, see `simulatedBaseUrl`. */
export interface Sim {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** The newest exchanges, oldest first. */
  readonly received: (limit?: number) => Received[];
  readonly totals: () => Totals;
  /** Resolves with the first ended exchange that passes the test, now or later; rejects after `timeoutMs` (default 5,000). */
  readonly waitFor: (accepts: (received: Received) => boolean, timeoutMs?: number) => Promise<Received>;
  /** Default directives for requests without their own; `""` takes them back. */
  readonly configure: (
    directives: string | Readonly<Record<string, string | number | boolean>>,
    provider?: string,
  ) => DirectivesResult;
  /**
   * Breaks a provider (or all) while it runs, whatever the prompts say: a name of `FAULTS` or directives, for a share of
   * the requests in percent (default 100); `null` mends it.
   */
  readonly setFault: (
    fault: FaultName | Readonly<Record<string, string | number | boolean>> | null,
    provider?: string,
    sharePercent?: number,
  ) => DirectivesResult;
  /** Forgets what was received, default directives, faults, remembered prompts and counts of failures. */
  readonly reset: () => void;
  /** Destroys open connections and closes the port. */
  readonly stop: () => Promise<void>;
}

const WAIT_DEFAULT_MS = 5_000;
const KEEP_ALIVE_MS = 300_000;
const HEADERS_TIMEOUT_MS = 60_000;
const REPOSITORY = resolve(import.meta.dirname, "../..");
const RECORDINGS = [resolve(REPOSITORY, "../shared/fixtures"), resolve(REPOSITORY, "test/fixtures")];

/** Starts the simulated providers. Rejects when the port is taken (`EADDRINUSE`). */
export async function startSim(options: SimOptions = {}): Promise<Sim> {
  const { port = 0, host = "127.0.0.1", recordings = RECORDINGS.filter((folder) => existsSync(folder)) } = options;
  const simulator = new Simulator({ recordings, nowMs: () => Date.now() });
  const server = createServer((request, response) => {
    serve(simulator, request, response).catch((fault: unknown) => {
      console.error("sim: fault in an exchange", fault);
      response.destroy();
    });
  });
  // A gateway keeps its connections for long; a simulator that closed idle ones would add faults nobody asked for.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = 0;
  const listening = await listen(server, port, host);
  return {
    url: `http://${host}:${listening}`,
    port: listening,
    received: (limit) => simulator.log.list(limit),
    totals: () => simulator.log.totals(),
    waitFor: async (accepts, timeoutMs = WAIT_DEFAULT_MS) => simulator.log.waitFor(accepts, timeoutMs),
    configure: (directives, provider) => simulator.configure(directives, provider ?? null),
    setFault: (fault, provider, sharePercent = 100) => simulator.setFault(fault, provider ?? null, sharePercent),
    reset: () => simulator.reset(),
    stop: async () => close(server),
  };
}

async function serve(simulator: Simulator, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url?.startsWith("/_sim/")) return handleControl(simulator, request, response);
  return simulator.handle(request, response);
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

async function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
