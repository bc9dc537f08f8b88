import { isPoison, type FlushPayload, type UsagePosting } from "#ledger";
import {
  decodeGeneration,
  decodeOverrides,
  decodePosting,
  type OverrideSets,
  type StoredGeneration,
} from "./decode.ts";
import { createNeonQuery, type EdgeSqlOptions, type QueryResult } from "./neon-query.ts";

/** No answer, or one that says nothing about the input. A posting may have been applied: send the same one again. */
export interface Unavailable {
  readonly ok: false;
  readonly reason: "unavailable";
}

/** The ledger refused for good and applied nothing. `sqlstate`: class 22, 23 or PR. */
export interface Poison {
  readonly ok: false;
  readonly reason: "poison";
  readonly sqlstate: string;
}

/** The SQL functions that the data plane may call, under the role `gateway_app`. None of them throws. */
export interface EdgeSql {
  postUsage(flush: FlushPayload): Promise<{ readonly ok: true; readonly posting: UsagePosting } | Poison | Unavailable>;
  /** A receipt of that organization as it stands after corrections; `receipt` null when there is none. */
  generationById(
    orgId: string,
    receiptId: string,
  ): Promise<({ readonly ok: true } & (StoredGeneration | { readonly receipt: null })) | Unavailable>;
  /** What operators set over the catalogue, of each what is newer than a version (0: any). */
  overrides(
    pricesSince: number,
    stopsSince: number,
  ): Promise<{ readonly ok: true; readonly overrides: OverrideSets } | Unavailable>;
}

const UNAVAILABLE: Unavailable = { ok: false, reason: "unavailable" };

/** Typed calls over Neon's HTTP protocol. Throws only here, when the connection string is none. */
export function createEdgeSql(options: EdgeSqlOptions): EdgeSql {
  const run = createNeonQuery(options);
  return {
    async postUsage(flush) {
      const result = await run("select post_usage($1::jsonb)::text", [JSON.stringify(flush)]);
      if (!result.ok) return refusalOf(result);
      const posting = result.value === null ? null : decodePosting(result.value);
      return posting === null ? UNAVAILABLE : { ok: true, posting };
    },
    async generationById(orgId, receiptId) {
      const result = await run("select generation_by_id($1, $2)::text", [orgId, receiptId]);
      if (!result.ok) return UNAVAILABLE;
      if (result.value === null) return { ok: true, receipt: null };
      const stored = decodeGeneration(result.value);
      return stored === null ? UNAVAILABLE : { ok: true, ...stored };
    },
    async overrides(pricesSince, stopsSince) {
      const result = await run("select current_overrides($1::bigint, $2::bigint)::text", [pricesSince, stopsSince]);
      const overrides = result.ok && result.value !== null ? decodeOverrides(result.value) : null;
      return overrides === null ? UNAVAILABLE : { ok: true, overrides };
    },
  };
}

function refusalOf({ sqlstate }: Extract<QueryResult, { ok: false }>): Poison | Unavailable {
  return sqlstate !== null && isPoison(sqlstate) ? { ok: false, reason: "poison", sqlstate } : UNAVAILABLE;
}
