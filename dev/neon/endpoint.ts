import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { postgresErrorOf, type Database, type SqlSession } from "../database/database.ts";
import { checkLogin, type Logins } from "../database/logins.ts";
import { NeonRefusal } from "./refusal.ts";
import {
  MAX_BODY_BYTES,
  readBody,
  readConnection,
  readSqlRequest,
  wantsRawText,
  type BatchOptions,
  type SqlRequest,
} from "./request.ts";
import { neonResult } from "./result.ts";

export interface NeonEndpointOptions {
  readonly database: Database;
  readonly logins: Logins;
  readonly maxBodyBytes?: number;
}

/**
 * The HTTP side of Neon on one machine: `POST /sql` as `@neondatabase/serverless` 1.2 speaks it. Returns a server that
 * does not listen yet. Errors of Postgres are status 400 with its fields, as from Neon; anything else is 4xx/5xx text.
 */
export function createNeonEndpoint(options: NeonEndpointOptions): Server {
  return createServer((request, response) => {
    void respond(options, request, response);
  });
}

async function respond(
  options: NeonEndpointOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    send(response, 200, await answer(options, request));
  } catch (error) {
    const refused = postgresErrorOf(error);
    if (refused) send(response, 400, JSON.stringify(refused.fields));
    else if (error instanceof NeonRefusal) {
      // What is left of an oversized body would otherwise be read as the next request on this connection.
      if (!request.complete) response.setHeader("connection", "close");
      send(response, error.status, JSON.stringify({ message: error.message, code: null }));
    } else {
      console.error("neon endpoint:", error);
      send(response, 500, JSON.stringify({ message: "internal error", code: null }));
    }
  }
}

async function answer(options: NeonEndpointOptions, request: IncomingMessage): Promise<string> {
  if (request.method !== "POST") throw new NeonRefusal(405, "use POST");
  if (new URL(request.url ?? "/", "http://neon").pathname !== "/sql") throw new NeonRefusal(404, "the path is /sql");
  const maxBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
  const connection = readConnection(request.headers);
  const body = await readBody(request, maxBytes);
  const sqlRequest = readSqlRequest(request.headers, body);
  const role = checkLogin(options.logins, connection.user, connection.password);
  const rawText = wantsRawText(request.headers);
  const text = JSON.stringify(await options.database.run(role, (session) => execute(session, sqlRequest, rawText)));
  if (Buffer.byteLength(text) > maxBytes)
    throw new NeonRefusal(507, `response is too large (max is ${maxBytes} bytes)`);
  return text;
}

async function execute(session: SqlSession, request: SqlRequest, rawText: boolean): Promise<object> {
  if (request.kind === "single") {
    const { text, params, arrayMode } = request.statement;
    return neonResult(await session.execute(text, params), { rawText, arrayMode });
  }
  const results: object[] = [];
  await session.script(beginStatement(request.options));
  try {
    for (const { text, params, arrayMode } of request.statements) {
      results.push(neonResult(await session.execute(text, params), { rawText, arrayMode }));
    }
    // Deferred constraints speak here.
    await session.script("COMMIT");
  } catch (error) {
    await session.script("ROLLBACK");
    throw error;
  }
  return { results };
}

function beginStatement(options: BatchOptions): string {
  const modes = [
    ...(options.isolationLevel === null ? [] : [`ISOLATION LEVEL ${options.isolationLevel}`]),
    ...(options.readOnly ? ["READ ONLY"] : []),
    ...(options.deferrable ? ["DEFERRABLE"] : []),
  ];
  return `BEGIN ${modes.join(", ")}`.trim();
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body);
}
