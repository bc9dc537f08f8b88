import type { SqlFetch, SqlResponse } from "#edge-sql";
import type { DatabaseRole, TestDatabase } from "./database.ts";

interface SentQuery {
  readonly query: string;
  readonly params: readonly unknown[];
}

/** What was sent, so that tests see the protocol and not only its effect. */
export interface SentRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: SentQuery;
}

export function answerOf(status: number, body: string | Uint8Array): SqlResponse {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return new Response(Uint8Array.from(bytes), { status });
}

/** Neon's `POST /sql` over a test database, under the connection string's role: single statements, raw text, arrays. */
export function neonFetch(db: TestDatabase, sent: SentRequest[] = []): SqlFetch {
  return async (url, { headers, body }) => {
    const parsed = parseQuery(body);
    sent.push({ url, headers, body: parsed });
    const role = new URL((headers["Neon-Connection-String"] ?? "").replace(/^postgresql:/, "http:")).username;
    try {
      const rows = await db.query<Record<string, string | null>>(parsed.query, parsed.params, asRole(role));
      return answerOf(200, JSON.stringify({ fields: [], rows: rows.map((row) => Object.values(row)) }));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : null;
      return answerOf(400, JSON.stringify({ message: String(error), code }));
    }
  };
}

function asRole(name: string): DatabaseRole {
  if (name === "gateway_app" || name === "console_app" || name === "readonly_app") return name;
  throw new Error(`no such role: ${name}`);
}

function parseQuery(body: string): SentQuery {
  const value: unknown = JSON.parse(body);
  if (typeof value !== "object" || value === null || !("query" in value) || !("params" in value))
    throw new Error("no query");
  if (typeof value.query !== "string" || !Array.isArray(value.params)) throw new Error("no query");
  return { query: value.query, params: value.params };
}
