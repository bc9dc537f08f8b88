import type { OwnerQueries } from "../../../dev/database/owner-queries.ts";
import { makePayer, makeId, type Payer } from "../posting/make-flushes.ts";

const ORGANIZATIONS = 200;
const LOCATOR_LENGTH = 17;
const BATCH_ROWS = 250_000;
/** A flush's receipts stand beside each other in the table, as an Account object sends them. */
const ROWS_PER_FLUSH = 50;
/** The first organization has one in so many flushes, the others share the rest. */
const LARGE_EVERY = 10;
/** One receipt in so many was corrected. */
const CORRECTED_EVERY = 100;
const MONTHS = 13;

export interface Filled {
  /** With a tenth of all receipts, and with some two hundredth. */
  readonly large: Payer;
  readonly small: Payer;
  readonly receipts: number;
  /** When the newest call began. */
  readonly untilMs: number;
}

/** The months before `nowMs`, the oldest first, as `ensure_partitions` made them in their time. */
function monthStarts(nowMs: number): Date[] {
  const now = new Date(nowMs);
  return Array.from(
    { length: MONTHS },
    (_, index) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - MONTHS + 1 + index, 1)),
  );
}

/**
 * Fills the ledger's tables of receipts and corrections with calls of thirteen months, evenly, in the order in which they
 * would have come. They are not posted: what is measured reads receipts alone, and posting has a bench of its own.
 */
export async function fillReceipts(owner: OwnerQueries, receipts: number, nowMs: number): Promise<Filled> {
  const payers = await makePayers(owner, nowMs);
  const months = monthStarts(nowMs);
  for (const from of months) await makePartition(owner, from);
  const fromMs = months[0]?.getTime() ?? nowMs;
  const stepMs = (nowMs - fromMs) / receipts;
  for (let first = 0; first < receipts; first += BATCH_ROWS) {
    const last = Math.min(first + BATCH_ROWS, receipts) - 1;
    await owner.query(INSERT_RECEIPTS, [
      first,
      last,
      fromMs,
      stepMs,
      literal(payers.map(({ orgId }) => orgId)),
      literal(payers.flatMap(({ keyIds }) => keyIds)),
    ]);
    process.stderr.write(`${last + 1} of ${receipts} receipts\n`);
  }
  await owner.query(INSERT_CORRECTIONS, []);
  await owner.exec("vacuum analyze usage_receipt, receipt_correction, api_key");
  const [large, small] = payers;
  if (large === undefined || small === undefined) throw new RangeError("no organization to fill for");
  return { large, small, receipts, untilMs: nowMs };
}

const literal = (texts: readonly string[]): string => `{${texts.join(",")}}`;

async function makePayers(owner: OwnerQueries, nowMs: number): Promise<Payer[]> {
  const payers = Array.from({ length: ORGANIZATIONS }, () => makePayer(makeId("organization", nowMs), nowMs));
  for (const { orgId, keyIds } of payers) {
    await owner.query("insert into organization (id, name, locator, region) values ($1, 'Bench', $2, 'g')", [
      orgId,
      orgId.slice(-LOCATOR_LENGTH),
    ]);
    await owner.query(
      `insert into api_key (id, org_id, name, prefix, last_four, key_hash, pepper_version, mode, scopes, member_id, tags)
       select id, $1, 'Bench', 'prism_live_', 'abcd', md5(id) || md5(id || 'x'), '1', 'live', '{inference}',
         'mem_' || substr(id, 5), case when ord % 2 = 0 then array['even'] else array['odd', 'search'] end
       from unnest($2::text[]) with ordinality as keys(id, ord)`,
      [orgId, literal(keyIds)],
    );
  }
  return payers;
}

/** As `ensure_partitions` makes one; a month of now and later is there already. */
async function makePartition(owner: OwnerQueries, from: Date): Promise<void> {
  const to = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1, 1));
  const name = `usage_receipt_${from.toISOString().slice(0, 7).replace("-", "_")}`;
  const [known] = await owner.query<{ name: string | null }>("select to_regclass($1)::text as name", [name]);
  if (known !== undefined && known.name !== null) return;
  await owner.exec(
    `create table ${name} partition of usage_receipt for values from ('${from.toISOString()}') to ('${to.toISOString()}')`,
  );
  await owner.query("select guard_partition($1)", [name]);
}

/** An id is its instant and figures of its number; a receipt's figures are of its number too, so that runs are alike. */
const INSERT_RECEIPTS = `
  insert into usage_receipt (receipt_id, occurred_at, org_id, key_id, mode, operation, streamed, model, price_version,
    provider, endpoint, kind, outcome, status, error_code, units, held_nano, cost_nano, upstream_cost_nano, attempts,
    flags, first_byte_ms, duration_ms, transaction_id)
  select 'gen_' || (
      select string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz', ((ms >> (shift * 5)) & 31)::int + 1, 1), '' order by shift desc)
      from generate_series(0, 9) as shift) || substr(md5(n::text), 1, 16),
    timestamptz 'epoch' + ms * interval '1 millisecond', ($5::text[])[org], ($6::text[])[org * 4 - h % 4],
    'live', 'chat.completions', h % 3 > 0, (array['openai/gpt-5-mini', 'anthropic/claude-sonnet-4.5',
      'google/gemini-2.5-flash', 'meta/llama-3.3-70b', 'mistral/mistral-medium'])[h % 5 + 1], '2026-11-20.ab12cd34',
    provider, provider || '/one', 'measured', case when h % 40 = 0 then 'failed' else 'completed' end,
    case when h % 40 = 0 then 502 else 200 end, null,
    jsonb_build_object('input', h % 4000, 'output', h % 1500, 'cached_read', h % 9000, 'reasoning', h % 700),
    5000000 + h % 1000, h % 50000000, h % 40000000,
    jsonb_build_array(jsonb_build_object('endpoint', provider || '/one', 'provider', provider, 'status', 200,
      'code', null, 'duration_ms', 900)), '[]', 300, 900, 'txn_' || flush
  from (
    select n, flush, h, ms, case when flush % ${LARGE_EVERY} = 0 then 1 else 2 + flush % ${ORGANIZATIONS - 1} end as org,
      (array['openai', 'anthropic', 'google', 'groq', 'mistral'])[h % 5 + 1] as provider
    from (
      select n, n / ${ROWS_PER_FLUSH} as flush, abs(hashint8(n)) as h, ($3::float8 + n * $4::float8)::bigint as ms
      from generate_series($1::bigint, $2::bigint) as n
    ) as numbered
  ) as calls`;

const INSERT_CORRECTIONS = `
  insert into receipt_correction (id, occurred_at, receipt_id, receipt_occurred_at, org_id, cost_delta_nano,
    upstream_cost_delta_nano, "end", transaction_id)
  select 'cor_' || substr(receipt_id, 5), occurred_at + interval '1 hour', receipt_id, occurred_at, org_id, 1000, 900,
    jsonb_build_object('provider', provider, 'endpoint', endpoint, 'kind', 'measured', 'units', units, 'outcome', outcome,
      'status', status, 'error_code', null, 'attempts', attempts, 'first_byte_ms', 300, 'duration_ms', 900, 'flags', '["late"]'::jsonb),
    transaction_id
  from usage_receipt where abs(hashtext(receipt_id)) % ${CORRECTED_EVERY} = 0`;
