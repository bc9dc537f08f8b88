import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { toText } from "../database/owner-queries.ts";
import { NeonRefusal } from "./refusal.ts";

/** Neon's own bound on a request and on an answer, bytes. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

export interface Statement {
  readonly text: string;
  readonly params: readonly (string | null)[];
  readonly arrayMode: boolean;
}

export interface BatchOptions {
  readonly isolationLevel: string | null;
  readonly readOnly: boolean;
  readonly deferrable: boolean;
}

export type SqlRequest =
  | { readonly kind: "single"; readonly statement: Statement }
  | { readonly kind: "batch"; readonly statements: readonly Statement[]; readonly options: BatchOptions };

export interface Connection {
  readonly user: string;
  readonly password: string;
}

const statementSchema = z.object({
  query: z.string(),
  params: z.array(z.unknown()).nullish(),
  arrayMode: z.boolean().nullish(),
});
const bodySchema = z.union([z.object({ queries: z.array(statementSchema) }), statementSchema]);

const ISOLATION_LEVELS: Readonly<Record<string, string>> = {
  ReadUncommitted: "READ UNCOMMITTED",
  ReadCommitted: "READ COMMITTED",
  RepeatableRead: "REPEATABLE READ",
  Serializable: "SERIALIZABLE",
};

/** Reads the body up to the bound, whatever the length header claims. Throws `NeonRefusal` 413 beyond it. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > maxBytes) throw new NeonRefusal(413, `request is too large (max is ${maxBytes} bytes)`);
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Who asks, from `Neon-Connection-String`. The host and database in it do not matter here: there is one of each. */
export function readConnection(headers: IncomingMessage["headers"]): Connection {
  const text = headers["neon-connection-string"];
  if (typeof text !== "string") throw new NeonRefusal(400, "missing connection string: header Neon-Connection-String");
  if (!URL.canParse(text)) throw new NeonRefusal(400, "invalid connection string");
  const url = new URL(text);
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:") {
    throw new NeonRefusal(400, "invalid connection string: the protocol is postgresql");
  }
  return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
}

/** Parses the body and the headers that say how to run and answer it. Throws `NeonRefusal` 400. */
export function readSqlRequest(headers: IncomingMessage["headers"], body: string): SqlRequest {
  const parsed = bodySchema.safeParse(parseJson(body));
  if (!parsed.success) throw new NeonRefusal(400, "the body is neither {query, params} nor {queries: […]}");
  const arrayMode = isTrue(headers["neon-array-mode"]);
  const statementOf = (input: z.infer<typeof statementSchema>): Statement => ({
    text: input.query,
    params: (input.params ?? []).map(toText),
    arrayMode: input.arrayMode ?? arrayMode,
  });
  if (!("queries" in parsed.data)) return { kind: "single", statement: statementOf(parsed.data) };
  return { kind: "batch", statements: parsed.data.queries.map(statementOf), options: readBatchOptions(headers) };
}

/** Values as Postgres text, which the driver then parses; without the header they come as JSON values. */
export function wantsRawText(headers: IncomingMessage["headers"]): boolean {
  return isTrue(headers["neon-raw-text-output"]);
}

function readBatchOptions(headers: IncomingMessage["headers"]): BatchOptions {
  const level = headers["neon-batch-isolation-level"];
  const isolationLevel = typeof level === "string" ? ISOLATION_LEVELS[level] : null;
  if (isolationLevel === undefined) throw new NeonRefusal(400, "invalid isolation level");
  return {
    isolationLevel,
    readOnly: isTrue(headers["neon-batch-read-only"]),
    deferrable: isTrue(headers["neon-batch-deferrable"]),
  };
}

function isTrue(header: string | readonly string[] | undefined): boolean {
  return header === "true";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would quote the statement; the fact is enough.
    throw new NeonRefusal(400, "the body is not JSON");
  }
}
