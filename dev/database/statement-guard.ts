import { PostgresError } from "./database.ts";
import { splitStatements, type SqlToken } from "./sql-tokens.ts";

/**
 * The embedded Postgres is one superuser session that takes on the role of whoever asks, so a client could simply take
 * off the role again. This guard refuses the top-level statements that could; `harden-pglite.ts` closes the rest.
 */
const ROLE_SETTINGS = new Set(["role", "session_authorization", "standard_conforming_strings"]);

/** Throws `PostgresError` when the text holds a statement that would change its session's role, or crash PGlite. */
export function guardStatements(sql: string): void {
  for (const statement of splitStatements(sql)) {
    const refusal = refusalOf(statement);
    if (refusal) throw new PostgresError({ severity: "ERROR", ...refusal });
  }
}

function refusalOf(statement: readonly SqlToken[]): { readonly code: string; readonly message: string } | null {
  const [first, ...rest] = statement;
  if (first?.kind !== "word") return null;
  if (first.text === "set" || first.text === "reset") {
    return changesRole(rest)
      ? { code: "42501", message: "permission denied to change the role of this connection" }
      : null;
  }
  if (first.text === "discard" && rest[0]?.text === "all") {
    return { code: "42501", message: "permission denied to discard the role of this connection" };
  }
  // COPY FROM STDIN ends the WebAssembly program: it reads its own standard input.
  if (
    first.text === "copy" &&
    rest.some((token) => token.kind === "word" && token.text === "from" && token.depth === 0)
  )
    return { code: "0A000", message: "COPY FROM is not supported by the embedded Postgres" };
  return null;
}

function changesRole(rest: readonly SqlToken[]): boolean {
  const scoped = rest[0]?.text === "local" || rest[0]?.text === "session";
  // `SET SESSION AUTHORIZATION` and `SET SESSION SESSION AUTHORIZATION` are both grammatical.
  if (rest.slice(0, 3).some((token) => token.text === "authorization")) return true;
  const name = rest[scoped ? 1 : 0];
  // A quoted name may hide the setting behind escapes (`U&"…"`); no setting that a client needs wants quotes.
  return name === undefined || name.kind !== "word" || name.text === "u" || ROLE_SETTINGS.has(name.text);
}
