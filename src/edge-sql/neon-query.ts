/**
 * Neon's HTTP protocol for one statement, without a driver: `POST /sql` with the connection string in a header, rows as
 * arrays of raw text. Source: @neondatabase/serverless 1.2.0, function `neon`.
 */

export interface SqlResponse {
  readonly status: number;
  readonly body: { getReader(): SqlReader } | null;
}

interface SqlReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** The part of the platform's `fetch` that is used here. */
export type SqlFetch = (
  url: string,
  init: { method: "POST"; headers: Record<string, string>; body: string; redirect: "manual"; signal: AbortSignal },
) => Promise<SqlResponse>;

export interface EdgeSqlOptions {
  /** `postgresql://role:password@host/database`. A secret: it is sent to its own host only and never logged. */
  readonly connectionString: string;
  /** Where `POST /sql` goes instead of the connection string's own host (development). */
  readonly endpointUrl?: string | null;
  readonly fetch: SqlFetch;
  /** From sending to the last byte of the answer. */
  readonly timeoutMs: number;
}

/** One text value, or the SQLSTATE of the refusal; `unavailable` covers everything that says nothing about the input. */
export type QueryResult =
  | { readonly ok: true; readonly value: string | null }
  | { readonly ok: false; readonly sqlstate: string | null };

export type RunQuery = (query: string, params: readonly (string | number | null)[]) => Promise<QueryResult>;

/** The largest answer that is read; a larger one counts as none. */
const MAX_RESPONSE_BYTES = 4_194_304;
const NO_ANSWER: QueryResult = { ok: false, sqlstate: null };

/** Answers a function that runs a statement with one row and one text column. It never throws. */
export function createNeonQuery(options: EdgeSqlOptions): RunQuery {
  // Taken out of the object: workerd refuses a fetch that is called as a method of something else.
  const { fetch, connectionString, timeoutMs } = options;
  const url = options.endpointUrl ?? endpointOf(connectionString);
  const headers = {
    "Content-Type": "application/json",
    "Neon-Connection-String": connectionString,
    "Neon-Raw-Text-Output": "true",
    "Neon-Array-Mode": "true",
  };
  return async (query, params) => {
    // A timer that is stopped, not `AbortSignal.timeout`: that one keeps an Account object awake until it fires.
    const hangUp = new AbortController();
    const timer = setTimeout(() => hangUp.abort(), timeoutMs);
    const { signal } = hangUp;
    try {
      const body = JSON.stringify({ query, params });
      // The connection string goes to its own host only; a redirect followed would carry it on. Workers know no "error".
      const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
      const text = await readBounded(response, signal);
      if (text === null) return NO_ANSWER;
      const answer: unknown = JSON.parse(text);
      if (response.status === 200) return firstValue(answer);
      return response.status === 400 ? { ok: false, sqlstate: sqlstateOf(answer) } : NO_ANSWER;
    } catch {
      // Refused connections, timeouts and bodies that are no JSON: whether it was applied is unknown.
      return NO_ANSWER;
    } finally {
      clearTimeout(timer);
    }
  };
}

/** The driver's rule: the host with its first label replaced by `api`. Throws when the string is no connection string. */
export function endpointOf(connectionString: string): string {
  if (!/^postgres(ql)?:\/\//.test(connectionString))
    throw new Error("DATABASE_URL is not a Postgres connection string");
  const { hostname } = new URL(connectionString.replace(/^postgres(ql)?:/, "http:"));
  return `https://${hostname.replace(/^[^.]+\./, "api.")}/sql`;
}

async function readBounded(response: SqlResponse, signal: AbortSignal): Promise<string | null> {
  if (response.body === null) return null;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    signal.throwIfAborted();
    const { done, value } = await reader.read();
    if (done || value === undefined) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > MAX_RESPONSE_BYTES) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
}

function firstValue(answer: unknown): QueryResult {
  const rows: unknown = isObject(answer) ? answer["rows"] : null;
  const row: unknown = Array.isArray(rows) ? rows[0] : null;
  if (!Array.isArray(row)) return NO_ANSWER;
  const value: unknown = row[0];
  return typeof value === "string" || value === null ? { ok: true, value } : NO_ANSWER;
}

function sqlstateOf(answer: unknown): string | null {
  const code: unknown = isObject(answer) ? answer["code"] : null;
  return typeof code === "string" ? code : null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
