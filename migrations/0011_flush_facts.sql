-- What a flush brings beside usage: alerts of budgets, and credit that ended.

DO $$
declare t text;
begin
  foreach t in array array['budget_alert', 'credit_expiry'] loop
    execute format('create trigger %I before update or delete or truncate on %I for each statement execute function refuse_change()', t || '_append_only', t);
    execute format('alter table %I enable always trigger %I', t, t || '_append_only');
  end loop;
end $$;
--> statement-breakpoint
-- Refuses what is not a flush: its form, its bounds, rows of another organization. Alerts and expiries may be absent.
CREATE OR REPLACE FUNCTION check_flush(flush jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
declare
  max_rows constant int := 1000;
  alerts constant jsonb := coalesce(flush->'alerts', '[]');
  expiries constant jsonb := coalesce(flush->'expiries', '[]');
  all_rows jsonb;
begin
  if jsonb_typeof(flush) is distinct from 'object'
    or coalesce(flush->>'flush_id', '') !~ '^fls_[0-7][0-9a-hjkmnp-tv-z]{25}$'
    or jsonb_typeof(flush->'org_id') is distinct from 'string'
    or jsonb_typeof(flush->'receipts') is distinct from 'array'
    or jsonb_typeof(flush->'corrections') is distinct from 'array'
    or jsonb_typeof(alerts) <> 'array' or jsonb_typeof(expiries) <> 'array' then
    raise exception 'not a flush' using errcode = 'PR002';
  end if;
  all_rows := (flush->'receipts') || (flush->'corrections') || alerts || expiries;
  if jsonb_array_length(all_rows) not between 1 and max_rows then
    raise exception 'a flush holds 1 to % rows', max_rows using errcode = 'PR002';
  end if;
  if exists (select from jsonb_array_elements(all_rows) as row where row->>'org_id' is distinct from flush->>'org_id') then
    raise exception 'a row belongs to another organization' using errcode = 'PR002';
  end if;
end $$;
--> statement-breakpoint
-- Records the alerts of a flush and answers how many were new. One of the same budget, period and mark under another id
-- is the same news.
CREATE FUNCTION record_alerts(flush jsonb) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
declare
  alerts constant jsonb := coalesce(flush->'alerts', '[]');
  inserted int;
begin
  with added as (
    insert into budget_alert (id, occurred_at, org_id, scope, period, period_name, percent, limit_nano, spent_nano)
    select a.id, a.occurred_at, a.org_id, a.scope, a.period, a.period_name, a.percent, a.limit_nano, a.spent_nano
    from jsonb_to_recordset(alerts) as a(id text, occurred_at timestamptz, org_id text, scope text, period text,
      period_name text, percent smallint, limit_nano bigint, spent_nano bigint)
    order by a.id collate "C"
    on conflict do nothing
    returning 1
  )
  select count(*)::int into inserted from added;
  if inserted < jsonb_array_length(alerts) and exists (
    select from jsonb_to_recordset(alerts) as a(id text, scope text, period text, period_name text, percent smallint,
      limit_nano bigint, spent_nano bigint)
    join budget_alert x on x.id = a.id
    where (x.org_id, x.scope, x.period, x.period_name, x.percent, x.limit_nano, x.spent_nano) is distinct from
      (flush->>'org_id', a.scope, a.period, a.period_name, a.percent, a.limit_nano, a.spent_nano)
  ) then
    raise exception 'an alert id was recorded before with other figures' using errcode = 'PR008';
  end if;
  return inserted;
end $$;
--> statement-breakpoint
-- Posts the credit that a flush says has ended: Dr wallet / Cr breakage, in a transaction of its own beside the flush's,
-- so that usage postings stay the sum of receipts. Answers how many were new and what they took from the wallet together.
CREATE FUNCTION post_expiries(flush jsonb, p_wallet_id text, p_input_hash text, p_usage_id text, OUT inserted int, OUT amount bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
declare
  expiries constant jsonb := coalesce(flush->'expiries', '[]');
  new_id constant text := typeid_new('txn');
begin
  with added as (
    insert into credit_expiry (id, occurred_at, org_id, amount_nano, expired_at, transaction_id)
    select e.id, e.occurred_at, e.org_id, e.amount_nano, e.expired_at, new_id
    from jsonb_to_recordset(expiries) as e(id text, occurred_at timestamptz, org_id text, amount_nano bigint, expired_at timestamptz)
    order by e.id collate "C"
    on conflict do nothing
    returning amount_nano
  )
  select count(*)::int, coalesce(sum(amount_nano), 0)::bigint into inserted, amount from added;
  if inserted < jsonb_array_length(expiries) and exists (
    select from jsonb_to_recordset(expiries) as e(id text, amount_nano bigint, expired_at timestamptz)
    left join credit_expiry x on x.id = e.id
    where (x.org_id, x.amount_nano, x.expired_at) is distinct from (flush->>'org_id', e.amount_nano, e.expired_at)
  ) then
    raise exception 'an expiry id was recorded before with other figures' using errcode = 'PR008';
  end if;
  if inserted = 0 then
    return;
  end if;
  insert into ledger_transaction (id, kind, org_id, idempotency_key, input_hash, result) values (new_id, 'expiry',
    flush->>'org_id', 'expiry:' || (flush->>'flush_id'), p_input_hash, jsonb_build_object('transaction_id', new_id,
      'usage_transaction_id', p_usage_id, 'expired', inserted, 'expired_nano', amount::text));
  insert into ledger_entry (transaction_id, line, account_id, amount_nano) values
    (new_id, 1, p_wallet_id, amount),
    (new_id, 2, platform_account('breakage', ''), -amount);
end $$;
--> statement-breakpoint
/*
 * Posts one flush of one organization's Account object: `{ flush_id, org_id, receipts: Receipt[], corrections:
 * ReceiptCorrection[], alerts?: BudgetAlert[], expiries?: CreditExpiry[] }` (src/ledger/flush.ts). One ledger transaction
 * for usage, without entries where nothing cost anything, and one for credit that ended; the debit is the sum of the rows
 * that were new. All or nothing. The same flush again changes nothing and answers what it answered before, with
 * `repeated: true`.
 */
CREATE OR REPLACE FUNCTION post_usage(flush jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  new_id constant text := typeid_new('txn');
  input_hash constant text := encode(sha256(convert_to(flush::text, 'UTF8')), 'hex');
  wallet_id text;
  answer jsonb;
  receipts record;
  corrections record;
  expiries record;
  upstream jsonb;
begin
  perform check_flush(flush);
  -- The lock first: of two posters of one flush the second waits here, then finds the first one's transaction.
  wallet_id := lock_wallet(flush->>'org_id');
  answer := posted_result('flush:' || (flush->>'flush_id'), input_hash);
  if answer is not null then
    return answer;
  end if;
  select * into receipts from record_receipts(flush, new_id);
  select * into corrections from record_corrections(flush, new_id);
  select * into expiries from post_expiries(flush, wallet_id, input_hash, new_id);
  select coalesce(jsonb_object_agg(key, total), '{}') into upstream from (
    select key, sum(value::bigint) as total from (
      select * from jsonb_each_text(receipts.upstream) union all select * from jsonb_each_text(corrections.upstream)
    ) as parts group by key
  ) as totals;
  answer := jsonb_build_object(
    'transaction_id', new_id,
    'inserted', receipts.inserted,
    'duplicates', jsonb_array_length(flush->'receipts') - receipts.inserted,
    'corrected', corrections.inserted,
    'cost_nano', (receipts.cost + corrections.cost)::text,
    'upstream_cost_nano', (select coalesce(sum(value::bigint), 0)::text from jsonb_each_text(upstream)),
    'alerted', record_alerts(flush),
    'expired', expiries.inserted,
    'expired_nano', expiries.amount::text);
  insert into ledger_transaction (id, kind, org_id, idempotency_key, input_hash, result)
    values (new_id, 'usage', flush->>'org_id', 'flush:' || (flush->>'flush_id'), input_hash, answer);
  perform write_usage_entries(new_id, wallet_id, receipts.cost + corrections.cost, upstream);
  return answer || '{"repeated": false}';
end $$;
--> statement-breakpoint
GRANT SELECT ON budget_alert, credit_expiry TO console_app;
