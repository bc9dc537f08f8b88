import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { UsageUnit } from "#kernel";
import { INPUT_UNITS, OUTPUT_UNITS } from "#metering";
import type { Database } from "../control-outbox.ts";
import { askJson, nano } from "../reconcile/ask-json.ts";
import { filtered, inRange, NOW, type UsageFilters, type UsageRange } from "./filters.ts";

export const USAGE_GROUPS = ["key", "model", "provider", "member", "tag", "status", "none"] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

/** Rows of one answer: beyond it a question is refused, not cut. */
export const USAGE_ROWS_MAX = 5_000;

export interface UsageQuestion {
  readonly orgId: string;
  readonly range: UsageRange;
  /** In order, the first at the range's own beginning. */
  readonly bucketStarts: readonly Date[];
  readonly groupBy: UsageGroup;
  readonly filters: UsageFilters;
}

const count = z.int();
const figures = z.object({
  calls: count,
  failed_calls: count,
  input_tokens: count,
  cached_tokens: count,
  output_tokens: count,
  reasoning_tokens: count,
  cost_nano: nano,
  upstream_nano: nano,
});

/** Of some calls: how many, what went in and came out, what it cost. `cached` is of the input, `reasoning` of the output. */
export type UsageFigures = z.output<typeof figures>;

const row = figures.extend({ bucket: count, value: z.string().nullable() });
/** `bucket` counts from 1. `value` is null for what has none: a key of nobody's, a call that reached no provider. */
export type UsageRow = z.output<typeof row>;

const answer = z.object({ rows: z.array(row), totals: figures });
export type UsageSums = z.output<typeof answer>;

const CACHED_UNITS: readonly UsageUnit[] = ["cached_read", "audio_cached_read"];
const REASONING_UNITS: readonly UsageUnit[] = ["reasoning"];

/** Names of units are our own, from src/kernel: nothing of a request gets into the text of a statement. */
const unitsSum = (units: readonly UsageUnit[]): SQL =>
  sql.raw(`sum(${units.map((unit) => `coalesce((units ->> '${unit}')::bigint, 0)`).join(" + ")})`);

/** What calls are summed by first. A key's member and tags are looked up once per sum, not once per call. */
const INNER = {
  key: sql`key_id`,
  member: sql`key_id`,
  tag: sql`key_id`,
  model: sql`model`,
  provider: sql`provider`,
  status: sql`status::text`,
  none: sql`null::text`,
} as const satisfies Record<UsageGroup, SQL>;

const SUM_AGAIN = sql`sum(calls) as calls, sum(failed_calls) as failed_calls, sum(input_tokens) as input_tokens,
  sum(cached_tokens) as cached_tokens, sum(output_tokens) as output_tokens, sum(reasoning_tokens) as reasoning_tokens,
  sum(cost_nano) as cost_nano, sum(upstream_nano) as upstream_nano`;

const FIGURES = sql`'calls', coalesce(calls, 0), 'failed_calls', coalesce(failed_calls, 0),
  'input_tokens', coalesce(input_tokens, 0), 'cached_tokens', coalesce(cached_tokens, 0),
  'output_tokens', coalesce(output_tokens, 0), 'reasoning_tokens', coalesce(reasoning_tokens, 0),
  'cost_nano', coalesce(cost_nano, 0)::text, 'upstream_nano', coalesce(upstream_nano, 0)::text`;

/**
 * Sums an organization's calls by bucket and group, and all of them once, in one statement and so at one moment. A call
 * counts when it began, as its receipt stands after its corrections. One row more than `USAGE_ROWS_MAX` means that there
 * are too many. By tag a call counts for each of its key's tags; `totals` has it once.
 */
export function sumUsage(db: Database, question: UsageQuestion): Promise<UsageSums> {
  return askJson(db, usageStatement(question), answer);
}

/** The statement alone, for whoever explains it. */
export function usageStatement({ orgId, range, bucketStarts, groupBy, filters }: UsageQuestion): SQL {
  const starts = `{${bucketStarts.map((start) => start.toISOString()).join(",")}}`;
  return sql`
    with late as (${lateEnds(orgId, range)}),
    calls as (
      select width_bucket(r.occurred_at, ${starts}::timestamptz[]) as bucket, r.key_id, ${NOW.model} as model,
        ${NOW.provider} as provider, ${NOW.status} as status, ${NOW.outcome} as outcome, ${NOW.units} as units,
        ${NOW.costNano} as cost_nano, ${NOW.upstreamCostNano} as upstream_nano
      from usage_receipt r left join late on late.receipt_id = r.receipt_id
      where ${inRange(orgId, range)}${filtered(orgId, filters)}
    ),
    sums as (
      select bucket, ${INNER[groupBy]} as value, count(*) as calls,
        count(*) filter (where outcome in ('failed', 'interrupted')) as failed_calls,
        ${unitsSum(INPUT_UNITS)} as input_tokens, ${unitsSum(CACHED_UNITS)} as cached_tokens,
        ${unitsSum(OUTPUT_UNITS)} as output_tokens, ${unitsSum(REASONING_UNITS)} as reasoning_tokens,
        sum(cost_nano) as cost_nano, sum(upstream_nano) as upstream_nano
      from calls group by 1, 2
    ),
    shown as (${shownRows(orgId, groupBy)} order by bucket, cost_nano desc, value limit ${USAGE_ROWS_MAX + 1})
    select jsonb_build_object(
      'rows', (select coalesce(jsonb_agg(jsonb_build_object('bucket', bucket, 'value', value, ${FIGURES})
        order by bucket, cost_nano desc, value), '[]') from shown),
      'totals', (select jsonb_build_object(${FIGURES}) from (select ${SUM_AGAIN} from sums) as totals))::text as answer`;
}

/** Of the receipts of a range that were corrected: the last correction's end, and what all of them add. */
const lateEnds = (orgId: string, { from, to }: UsageRange): SQL => sql`
  select c.receipt_id, sum(c.cost_delta_nano)::bigint as cost_nano,
    sum(c.upstream_cost_delta_nano)::bigint as upstream_nano,
    (array_agg(c."end" order by c.occurred_at desc, c.id desc))[1] as "end"
  from receipt_correction c
  where c.org_id = ${orgId} and c.receipt_occurred_at >= ${from.toISOString()} and c.receipt_occurred_at < ${to.toISOString()}
  group by c.receipt_id`;

function shownRows(orgId: string, groupBy: UsageGroup): SQL {
  if (groupBy === "member")
    return sql`select bucket, k.member_id as value, ${SUM_AGAIN}
      from sums left join api_key k on k.id = sums.value and k.org_id = ${orgId} group by 1, 2`;
  if (groupBy === "tag")
    return sql`select bucket, t.tag as value, ${SUM_AGAIN}
      from sums left join api_key k on k.id = sums.value and k.org_id = ${orgId}
        left join lateral unnest(k.tags) as t(tag) on true group by 1, 2`;
  return sql`select bucket, value, calls, failed_calls, input_tokens, cached_tokens, output_tokens, reasoning_tokens,
    cost_nano, upstream_nano from sums`;
}
