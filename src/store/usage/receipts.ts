import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import { idTimeMs, isId } from "#kernel";
import type { Database } from "../control-outbox.ts";
import { askJson, nano } from "../reconcile/ask-json.ts";
import { filtered, inRange, NOW, type UsageFilters, type UsageRange } from "./filters.ts";

const count = z.int();
const receipt = z.object({
  id: z.string(),
  key_id: z.string(),
  /** The key's as it is now: null where there is no such key any more. */
  key_name: z.string().nullable(),
  member_id: z.string().nullable(),
  tags: z.array(z.string()),
  mode: z.enum(["live", "test"]),
  operation: z.string(),
  streamed: z.boolean(),
  model: z.string(),
  provider: z.string().nullable(),
  endpoint: z.string().nullable(),
  status: count,
  outcome: z.string(),
  error_code: z.string().nullable(),
  kind: z.string(),
  units: z.record(z.string(), count),
  price_version: z.string(),
  held_nano: nano,
  cost_nano: nano,
  upstream_nano: nano,
  attempts: z.array(
    z.object({
      endpoint: z.string(),
      provider: z.string(),
      status: count.nullable(),
      code: z.string().nullable(),
      duration_ms: count,
    }),
  ),
  first_byte_ms: count.nullable(),
  duration_ms: count,
  flags: z.array(z.string()),
  guardrails: z.record(z.string(), count).nullable(),
  corrections: count,
});

/** A receipt as it stands after its corrections. */
export type StoredReceipt = z.output<typeof receipt>;

const receipts = z.array(receipt);

/** What of a corrected receipt is the last correction's, null included. */
const ofEnd = (name: string, column: SQL): SQL =>
  sql`case when late."end" is null then ${column} else ${sql.raw(`late."end" -> '${name}'`)} end`;

const COLUMNS = sql`'id', r.receipt_id, 'key_id', r.key_id, 'key_name', k.name, 'member_id', k.member_id,
  'tags', coalesce(to_jsonb(k.tags), '[]'), 'mode', r.mode, 'operation', r.operation, 'streamed', r.streamed,
  'model', ${NOW.model}, 'provider', ${NOW.provider}, 'endpoint', ${ofEnd("endpoint", sql`to_jsonb(r.endpoint)`)},
  'status', ${NOW.status}, 'outcome', ${NOW.outcome}, 'error_code', ${ofEnd("error_code", sql`to_jsonb(r.error_code)`)},
  'kind', ${ofEnd("kind", sql`to_jsonb(r.kind)`)}, 'units', ${NOW.units}, 'price_version', r.price_version,
  'held_nano', r.held_nano::text, 'cost_nano', (${NOW.costNano})::text,
  'upstream_nano', (${NOW.upstreamCostNano})::text, 'attempts', ${ofEnd("attempts", sql`r.attempts`)},
  'first_byte_ms', ${ofEnd("first_byte_ms", sql`to_jsonb(r.first_byte_ms)`)},
  'duration_ms', ${ofEnd("duration_ms", sql`to_jsonb(r.duration_ms)`)}, 'flags', ${ofEnd("flags", sql`r.flags`)},
  'guardrails', coalesce(late."end" -> 'guardrails', r.guardrails), 'corrections', coalesce(late.corrections, 0)`;

export interface ReceiptPage {
  readonly orgId: string;
  readonly range: UsageRange;
  readonly filters: UsageFilters;
  /** The last id of the page before. */
  readonly before: string | null;
  readonly limit: number;
}

/** One page of an organization's receipts, the newest call first. An id's own time says where the next page goes on. */
export async function readReceiptPage(db: Database, page: ReceiptPage): Promise<StoredReceipt[]> {
  if (page.before !== null && !isId("generation", page.before)) return [];
  return askJson(db, receiptsStatement(page), receipts);
}

/** Null where the organization has no receipt of that id in the ledger (yet). */
export async function findReceipt(db: Database, orgId: string, id: string): Promise<StoredReceipt | null> {
  const from = new Date(idTimeMs(id));
  const range = { from, to: new Date(from.getTime() + 1) };
  const found = await askJson(db, statement(orgId, range, sql` and r.receipt_id = ${id}`, 1), receipts);
  return found[0] ?? null;
}

/** The statement alone, for whoever explains it. */
export function receiptsStatement({ orgId, range, filters, before, limit }: ReceiptPage): SQL {
  const conditions = sql`${before === null ? sql`` : olderThan(before)}${filtered(orgId, filters)}`;
  return statement(orgId, range, conditions, limit);
}

/** The time alone finds the partitions and the place in the index. */
function olderThan(id: string): SQL {
  const at = new Date(idTimeMs(id)).toISOString();
  return sql` and r.occurred_at <= ${at} and (r.occurred_at < ${at} or r.receipt_id < ${id})`;
}

const statement = (orgId: string, range: UsageRange, conditions: SQL, limit: number): SQL => sql`
  select coalesce(jsonb_agg(page.receipt order by page.occurred_at desc, page.receipt_id desc), '[]')::text as answer
  from (
    select r.occurred_at, r.receipt_id, jsonb_build_object(${COLUMNS}) as receipt
    from usage_receipt r
      left join api_key k on k.id = r.key_id and k.org_id = r.org_id
      left join lateral (
        select sum(c.cost_delta_nano) as cost_nano, sum(c.upstream_cost_delta_nano) as upstream_nano,
          (array_agg(c."end" order by c.occurred_at desc, c.id desc))[1] as "end", count(*) as corrections
        from receipt_correction c where c.receipt_id = r.receipt_id and c.org_id = r.org_id
      ) as late on true
    where ${inRange(orgId, range)}${conditions}
    order by r.occurred_at desc, r.receipt_id desc
    limit ${limit}
  ) as page`;
