import { sql, type SQL } from "drizzle-orm";
import type { KeyMode } from "#kernel";

/** Calls that began in it; `to` is not in it. */
export interface UsageRange {
  readonly from: Date;
  readonly to: Date;
}

/** Which calls are meant: all of them, less those that one of these leaves out. */
export interface UsageFilters {
  readonly key?: string | undefined;
  /** Of whose keys, and with which tag on them, as the keys are now (docs/decisions/0008). */
  readonly member?: string | undefined;
  readonly tag?: string | undefined;
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
  readonly status?: number | undefined;
  readonly mode?: KeyMode | undefined;
}

/** The receipts of an organization in a range. An instant is a bare parameter, so that the planner sees which partitions are asked. */
export const inRange = (orgId: string, { from, to }: UsageRange): SQL =>
  sql`r.org_id = ${orgId} and r.occurred_at >= ${from.toISOString()} and r.occurred_at < ${to.toISOString()}`;

/**
 * A receipt `r` as it stands after its corrections, of which `late` has the last one's end and the sums (both null where
 * there are none): `correctedReceipt` of #ledger, in SQL.
 */
export const NOW = {
  model: sql`coalesce(late."end" ->> 'model', r.model)`,
  provider: sql`case when late."end" is null then r.provider else late."end" ->> 'provider' end`,
  status: sql`coalesce((late."end" ->> 'status')::int, r.status::int)`,
  outcome: sql`coalesce(late."end" ->> 'outcome', r.outcome)`,
  units: sql`coalesce(late."end" -> 'units', r.units)`,
  costNano: sql`r.cost_nano + coalesce(late.cost_nano, 0)`,
  upstreamCostNano: sql`r.upstream_cost_nano + coalesce(late.upstream_nano, 0)`,
} as const;

/** What filters ask of `r` and `late`, as ` and …`; nothing where they ask nothing. */
export function filtered(orgId: string, filters: UsageFilters): SQL {
  const { key, member, tag, model, provider, status, mode } = filters;
  const conditions: SQL[] = [];
  if (key !== undefined) conditions.push(sql`r.key_id = ${key}`);
  if (member !== undefined)
    conditions.push(sql`r.key_id in (select id from api_key where org_id = ${orgId} and member_id = ${member})`);
  if (tag !== undefined)
    conditions.push(sql`r.key_id in (select id from api_key where org_id = ${orgId} and ${tag} = any (tags))`);
  if (mode !== undefined) conditions.push(sql`r.mode = ${mode}`);
  if (model !== undefined) conditions.push(sql`${NOW.model} = ${model}`);
  if (provider !== undefined) conditions.push(sql`${NOW.provider} = ${provider}`);
  if (status !== undefined) conditions.push(sql`${NOW.status} = ${status}`);
  return sql.join(
    conditions.map((condition) => sql` and ${condition}`),
    sql``,
  );
}
