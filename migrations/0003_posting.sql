-- The posting functions: the only writers of the ledger. Each is one statement for its caller, so it holds over Neon's
-- HTTP endpoint, which has no interactive transactions. Debits are positive, credits negative (src/ledger/chart.ts).

INSERT INTO ledger_account (id, org_id, name)
SELECT typeid_new('acc'), null, name FROM unnest(array[
  'usage_revenue', 'subscription_deferred', 'subscription_revenue', 'upstream_cost', 'tax_payable', 'payment_fees',
  'promo_expense', 'dispute_loss', 'breakage', 'fx', 'suspense']) AS name;
--> statement-breakpoint
-- A platform account's id; accounts kept per partner are opened when first needed.
CREATE FUNCTION platform_account(p_name text, p_party text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
declare found_id text;
begin
  select id into found_id from ledger_account
    where org_id is null and name = p_name and party = p_party and asset = 'USD';
  if found_id is null then
    insert into ledger_account (id, org_id, name, party) values (typeid_new('acc'), null, p_name, p_party)
      on conflict on constraint ledger_account_identity do nothing;
    select id into strict found_id from ledger_account
      where org_id is null and name = p_name and party = p_party and asset = 'USD';
  end if;
  return found_id;
end $$;
--> statement-breakpoint
-- Locks an organization's wallet balance, the one row that orders its postings, and answers the account's id.
CREATE FUNCTION lock_wallet(p_org_id text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
declare wallet_id text;
begin
  select a.id into wallet_id from ledger_account a join ledger_balance b on b.account_id = a.id
    where a.org_id = p_org_id and a.name = 'wallet' and a.party = '' and a.asset = 'USD'
    for update of b;
  if wallet_id is null then
    raise exception 'organization % has no wallet', p_org_id using errcode = 'PR004';
  end if;
  return wallet_id;
end $$;
--> statement-breakpoint
-- What an idempotency key answered before, or null. Raises PR001 when it came with other input.
CREATE FUNCTION posted_result(p_idempotency_key text, p_input_hash text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
declare prior record;
begin
  select input_hash, result into prior from ledger_transaction where idempotency_key = p_idempotency_key;
  if not found then
    return null;
  end if;
  if prior.input_hash <> p_input_hash then
    raise exception 'idempotency key % was used with other input', p_idempotency_key using errcode = 'PR001';
  end if;
  return prior.result || '{"repeated": true}';
end $$;
--> statement-breakpoint
-- Refuses what is not a flush: its form, its bounds, rows of another organization, unknown receipts to correct.
CREATE FUNCTION check_flush(flush jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
declare
  max_rows constant int := 1000;
begin
  if jsonb_typeof(flush) is distinct from 'object'
    or coalesce(flush->>'flush_id', '') !~ '^fls_[0-7][0-9a-hjkmnp-tv-z]{25}$'
    or jsonb_typeof(flush->'org_id') is distinct from 'string'
    or jsonb_typeof(flush->'receipts') is distinct from 'array'
    or jsonb_typeof(flush->'corrections') is distinct from 'array' then
    raise exception 'not a flush' using errcode = 'PR002';
  end if;
  if jsonb_array_length(flush->'receipts') + jsonb_array_length(flush->'corrections') not between 1 and max_rows then
    raise exception 'a flush holds 1 to % rows', max_rows using errcode = 'PR002';
  end if;
  if exists (
    select from jsonb_array_elements((flush->'receipts') || (flush->'corrections')) as row
    where row->>'org_id' is distinct from flush->>'org_id'
  ) then
    raise exception 'a row belongs to another organization' using errcode = 'PR002';
  end if;
end $$;
--> statement-breakpoint
-- Records the receipts of a flush. Answers, over the rows that were new: how many, their cost, and upstream cost by provider.
CREATE FUNCTION record_receipts(flush jsonb, p_transaction_id text, OUT inserted int, OUT cost bigint, OUT upstream jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
begin
  with added as (
    insert into usage_receipt (receipt_id, occurred_at, org_id, key_id, mode, operation, streamed, model, price_version,
      provider, endpoint, kind, outcome, status, error_code, units, held_nano, cost_nano, upstream_cost_nano, attempts,
      flags, first_byte_ms, duration_ms, transaction_id)
    select r.id, r.occurred_at, r.org_id, r.key_id, r.mode, r.operation, r.streamed, r.model, r.price_version,
      r.provider, r.endpoint, r.kind, r.outcome, r.status, r.error_code, r.units, r.held_nano, r.cost_nano,
      r.upstream_cost_nano, r.attempts, r.flags, r.first_byte_ms, r.duration_ms, p_transaction_id
    from jsonb_to_recordset(flush->'receipts') as r(id text, occurred_at timestamptz, org_id text, key_id text, mode text,
      operation text, streamed boolean, model text, price_version text, provider text, endpoint text, kind text,
      outcome text, status smallint, error_code text, units jsonb, held_nano bigint, cost_nano bigint,
      upstream_cost_nano bigint, attempts jsonb, flags jsonb, first_byte_ms integer, duration_ms integer)
    order by r.id collate "C"
    on conflict do nothing
    returning provider, cost_nano, upstream_cost_nano
  ), by_provider as (
    select coalesce(provider, '') as party, count(*) as n, sum(cost_nano) as cost_nano, sum(upstream_cost_nano) as upstream_nano
    from added group by 1
  )
  select coalesce(sum(n), 0)::int, coalesce(sum(cost_nano), 0)::bigint,
      coalesce(jsonb_object_agg(party, upstream_nano), '{}')
    into inserted, cost, upstream from by_provider;
  -- A row that was there already must be the same row: other figures mean that object and ledger disagree.
  if inserted < jsonb_array_length(flush->'receipts') and exists (
    select from jsonb_to_recordset(flush->'receipts') as r(id text, occurred_at timestamptz, cost_nano bigint, upstream_cost_nano bigint)
    left join usage_receipt u on u.receipt_id = r.id and u.occurred_at = r.occurred_at
    where (u.org_id, u.cost_nano, u.upstream_cost_nano) is distinct from (flush->>'org_id', r.cost_nano, r.upstream_cost_nano)
  ) then
    raise exception 'a receipt id was recorded before with other figures' using errcode = 'PR008';
  end if;
end $$;
--> statement-breakpoint
-- Records the corrections of a flush; the same answer, with signed amounts.
CREATE FUNCTION record_corrections(flush jsonb, p_transaction_id text, OUT inserted int, OUT cost bigint, OUT upstream jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
begin
  if exists (
    select from jsonb_to_recordset(flush->'corrections') as c(receipt_id text, receipt_occurred_at timestamptz)
    left join usage_receipt u
      on u.receipt_id = c.receipt_id and u.occurred_at = c.receipt_occurred_at and u.org_id = flush->>'org_id'
    where u.receipt_id is null
  ) then
    raise exception 'a correction names a receipt that is not recorded' using errcode = 'PR005';
  end if;
  with added as (
    insert into receipt_correction (id, occurred_at, receipt_id, receipt_occurred_at, org_id, cost_delta_nano,
      upstream_cost_delta_nano, "end", transaction_id)
    select c.id, c.occurred_at, c.receipt_id, c.receipt_occurred_at, c.org_id, c.cost_delta_nano,
      c.upstream_cost_delta_nano, c."end", p_transaction_id
    from jsonb_to_recordset(flush->'corrections') as c(id text, occurred_at timestamptz, receipt_id text,
      receipt_occurred_at timestamptz, org_id text, cost_delta_nano bigint, upstream_cost_delta_nano bigint, "end" jsonb)
    order by c.id collate "C"
    on conflict do nothing
    returning coalesce("end"->>'provider', '') as party, cost_delta_nano, upstream_cost_delta_nano
  ), by_provider as (
    select party, count(*) as n, sum(cost_delta_nano) as cost_nano, sum(upstream_cost_delta_nano) as upstream_nano
    from added group by party
  )
  select coalesce(sum(n), 0)::int, coalesce(sum(cost_nano), 0)::bigint,
      coalesce(jsonb_object_agg(party, upstream_nano), '{}')
    into inserted, cost, upstream from by_provider;
  if inserted < jsonb_array_length(flush->'corrections') and exists (
    select from jsonb_to_recordset(flush->'corrections') as c(id text, cost_delta_nano bigint, upstream_cost_delta_nano bigint)
    left join receipt_correction x on x.id = c.id
    where (x.org_id, x.cost_delta_nano, x.upstream_cost_delta_nano)
      is distinct from (flush->>'org_id', c.cost_delta_nano, c.upstream_cost_delta_nano)
  ) then
    raise exception 'a correction id was recorded before with other figures' using errcode = 'PR008';
  end if;
end $$;
--> statement-breakpoint
-- The entries of a usage posting: Dr wallet / Cr usage_revenue, Dr upstream_cost / Cr provider_payable per provider.
-- Signed corrections may turn a side around; a leg of zero is no entry.
CREATE FUNCTION write_usage_entries(p_transaction_id text, p_wallet_id text, p_cost bigint, p_upstream jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
begin
  insert into ledger_entry (transaction_id, line, account_id, amount_nano)
  select p_transaction_id, row_number() over (), account_id, amount from (
    select p_wallet_id as account_id, p_cost as amount
    union all select platform_account('usage_revenue', ''), -p_cost
    union all select platform_account('upstream_cost', ''), (select coalesce(sum(value::bigint), 0)::bigint from jsonb_each_text(p_upstream))
    union all (select platform_account('provider_payable', key), -value::bigint from jsonb_each_text(p_upstream) where value::bigint <> 0 order by key)
  ) as legs where amount <> 0;
end $$;
--> statement-breakpoint
/*
 * Posts one flush of one organization's Account object: `{ flush_id, org_id, receipts: Receipt[], corrections:
 * ReceiptCorrection[] }` (src/ledger/flush.ts). One ledger transaction; the debit is the sum of the rows that were new.
 * All or nothing. The same flush again changes nothing and answers what it answered before, with `repeated: true`.
 */
CREATE FUNCTION post_usage(flush jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  new_id constant text := typeid_new('txn');
  input_hash constant text := encode(sha256(convert_to(flush::text, 'UTF8')), 'hex');
  wallet_id text;
  answer jsonb;
  receipts record;
  corrections record;
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
    'upstream_cost_nano', (select coalesce(sum(value::bigint), 0)::text from jsonb_each_text(upstream)));
  insert into ledger_transaction (id, kind, org_id, idempotency_key, input_hash, result)
    values (new_id, 'usage', flush->>'org_id', 'flush:' || (flush->>'flush_id'), input_hash, answer);
  perform write_usage_entries(new_id, wallet_id, receipts.cost + corrections.cost, upstream);
  return answer || '{"repeated": false}';
end $$;
--> statement-breakpoint
/*
 * Adds credit to an organization's wallet: Dr promo_expense / Cr wallet, and in the same transaction the outbox row that
 * tells its Account object. Kinds: `promo`. Answers `{ credit_id, transaction_id, amount_nano, repeated }`.
 */
CREATE FUNCTION post_credit(p_org_id text, p_amount_nano bigint, p_idempotency_key text, p_kind text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  max_amount_nano constant bigint := 1000000000000000; -- one million USD: beyond it is a mistake of units
  max_key_length constant int := 200;
  new_id constant text := typeid_new('txn');
  credit_id constant text := typeid_new('crd');
  posting_key constant text := 'credit:' || p_idempotency_key;
  input_hash constant text := encode(sha256(convert_to(
    jsonb_build_array(p_org_id, p_amount_nano, p_kind)::text, 'UTF8')), 'hex');
  wallet_id text;
  answer jsonb;
begin
  if p_amount_nano is null or p_amount_nano not between 1 and max_amount_nano then
    raise exception 'a credit is between 1 and % nano-USD', max_amount_nano using errcode = 'PR002';
  end if;
  if coalesce(p_idempotency_key, '') = '' or length(p_idempotency_key) > max_key_length or p_kind is distinct from 'promo' then
    raise exception 'unknown kind of credit, or no idempotency key' using errcode = 'PR002';
  end if;
  wallet_id := lock_wallet(p_org_id);
  answer := posted_result(posting_key, input_hash);
  if answer is not null then
    return answer;
  end if;
  answer := jsonb_build_object('credit_id', credit_id, 'transaction_id', new_id, 'amount_nano', p_amount_nano::text);
  insert into ledger_transaction (id, kind, org_id, idempotency_key, input_hash, result)
    values (new_id, 'credit', p_org_id, posting_key, input_hash, answer);
  insert into ledger_entry (transaction_id, line, account_id, amount_nano) values
    (new_id, 1, platform_account('promo_expense', ''), p_amount_nano),
    (new_id, 2, wallet_id, -p_amount_nano);
  insert into wallet_credit (id, org_id, kind, amount_nano, transaction_id)
    values (credit_id, p_org_id, p_kind, p_amount_nano, new_id);
  insert into control_outbox (org_id, type, payload) values (p_org_id, 'credit',
    jsonb_build_object('type', 'credit', 'entryId', credit_id, 'amountNano', p_amount_nano::text));
  return answer || '{"repeated": false}';
end $$;
