import type { NeonQueryFunction } from "@neondatabase/serverless";
import { drizzle, type NeonHttpDatabase } from "drizzle-orm/neon-http";

/** Who changes something, as the audit log names them. `id` is null for the system alone. */
export interface Actor {
  readonly kind: "user" | "operator" | "management_key" | "system";
  readonly id: string | null;
  readonly requestId: string;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

export type SqlClient = NeonQueryFunction<false, false>;

const SAY_WHO =
  "select set_config('prismatic.actor', $1, true), set_config('prismatic.request', $2, true), set_config('prismatic.ip', $3, true), set_config('prismatic.agent', $4, true)";

interface Described {
  readonly sql: string;
  readonly params: readonly unknown[];
}

interface QueryOptions {
  readonly arrayMode?: boolean;
}

/**
 * A database in which every statement, and every batch, says in its own transaction who acts: the audit triggers read it
 * (migrations/0014). One round trip each, as without. What better-auth writes goes through it too.
 */
export function actAs(client: SqlClient, actor: Actor): NeonHttpDatabase {
  const who = [
    `${actor.kind}:${actor.id ?? ""}`,
    actor.requestId,
    actor.ipAddress ?? "",
    // A header may hold anything; what no text column takes would fail the statement.
    (actor.userAgent ?? "").replaceAll("\0", ""),
  ];
  const run = async (statements: readonly Described[], arrayMode: boolean): Promise<unknown[]> => {
    const queries = [
      client.query(SAY_WHO, who),
      ...statements.map(({ sql, params }) => client.query(sql, [...params])),
    ];
    const results: unknown[] = await client.transaction(queries, { arrayMode, fullResults: true });
    return results.slice(1);
  };
  const acting = {
    query: (sql: string, params: readonly unknown[] = [], { arrayMode = false }: QueryOptions = {}) => ({
      sql,
      params,
      // oxlint-disable-next-line unicorn/no-thenable -- drizzle awaits a single query and hands those of a batch to `transaction`
      then: <Result, Failure>(
        resolve: (value: unknown) => Result,
        reject: (reason: unknown) => Failure,
      ): Promise<Result | Failure> => run([{ sql, params }], arrayMode).then(([result]) => resolve(result), reject),
    }),
    transaction: (statements: readonly Described[], { arrayMode = false }: QueryOptions = {}) =>
      run(statements, arrayMode),
  };
  return drizzle(asClient(acting));
}

/** Guarantee: drizzle's Neon session calls `query` and `transaction` alone, in the ways that are answered above (0.45). */
function asClient(acting: object): SqlClient {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see the guarantee
  return acting as SqlClient;
}
