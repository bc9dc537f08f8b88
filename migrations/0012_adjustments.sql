-- Reconciliation: what differs is recorded, and closed by postings alone (docs/reconcile.md).

DO $$
declare t text;
begin
  foreach t in array array['reconcile_difference', 'ledger_adjustment'] loop
    execute format('create trigger %I before update or delete or truncate on %I for each statement execute function refuse_change()', t || '_append_only', t);
    execute format('alter table %I enable always trigger %I', t, t || '_append_only');
  end loop;
end $$;
--> statement-breakpoint
/*
 * Records what a reconciliation found of one organization: `[{ kind, amount_nano, balance_nano, receipt_id,
 * transaction_id }]`. What is known and open already is not recorded again. Answers `[{ id, is_new }]` in their order.
 */
CREATE FUNCTION record_differences(p_org_id text, p_found jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  max_rows constant int := 1000;
  it record;
  known_id text;
  answer jsonb := '[]';
begin
  if jsonb_typeof(p_found) is distinct from 'array' or jsonb_array_length(p_found) > max_rows then
    raise exception 'at most % differences', max_rows using errcode = 'PR002';
  end if;
  -- Two runs that find the same wait for each other.
  perform pg_advisory_xact_lock(hashtextextended('reconcile:' || p_org_id, 0));
  for it in
    select f.* from rows from (jsonb_to_recordset(p_found) as (kind text, amount_nano bigint, balance_nano bigint,
      receipt_id text, transaction_id text)) with ordinality as f order by f.ordinality
  loop
    select d.id into known_id from reconcile_difference d
      where (d.org_id, d.kind, d.amount_nano, d.balance_nano) = (p_org_id, it.kind, it.amount_nano, it.balance_nano)
        and (d.receipt_id, d.transaction_id) is not distinct from (it.receipt_id, it.transaction_id)
        and not exists (select from ledger_adjustment a where a.difference_id = d.id)
      order by d.id collate "C" limit 1;
    if known_id is null then
      insert into reconcile_difference (id, org_id, kind, amount_nano, balance_nano, receipt_id, transaction_id)
        values (typeid_new('dif'), p_org_id, it.kind, it.amount_nano, it.balance_nano, it.receipt_id, it.transaction_id)
        returning id into known_id;
      answer := answer || jsonb_build_array(jsonb_build_object('id', known_id, 'is_new', true));
    else
      answer := answer || jsonb_build_array(jsonb_build_object('id', known_id, 'is_new', false));
    end if;
  end loop;
  return answer;
end $$;
--> statement-breakpoint
-- A cached balance that had left its journal comes back to it with an adjustment of its organization.
CREATE FUNCTION follow_journal_again() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
begin
  update ledger_balance b set balance_nano = j.total, updated_at = now() from (
    select a.id, coalesce(sum(e.amount_nano), 0)::bigint as total
    from ledger_account a left join ledger_entry e on e.account_id = a.id where a.org_id = new.org_id group by a.id
  ) j where j.id = b.account_id and b.balance_nano <> j.total;
  return null;
end $$;
--> statement-breakpoint
CREATE TRIGGER ledger_adjustment_follow_journal AFTER INSERT ON ledger_adjustment
  FOR EACH ROW EXECUTE FUNCTION follow_journal_again();
--> statement-breakpoint
ALTER TABLE ledger_adjustment ENABLE ALWAYS TRIGGER ledger_adjustment_follow_journal;
--> statement-breakpoint
/*
 * Closes one difference, by two operators: the wallet gets `p_amount_nano` (signed) against suspense, and the Account
 * object is told, through the outbox, what makes its balance the wallet's again: the amount, less what the difference had
 * set it above the wallet. So the difference itself as the amount says that the object was right, zero that the ledger
 * was. Nothing is changed or taken back. Answers `{ adjustment_id, transaction_id, amount_nano, object_nano, repeated }`.
 */
CREATE FUNCTION post_adjustment(p_org_id text, p_difference_id text, p_amount_nano bigint, p_reason text,
  p_idempotency_key text, p_proposed_by text, p_approved_by text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  max_amount_nano constant bigint := 1000000000000000; -- one million USD: beyond it is a mistake of units
  max_key_length constant int := 200;
  max_reason_length constant int := 500;
  operator_form constant text := '^[a-z]{2,8}_[0-9a-z]{1,64}$';
  new_id constant text := typeid_new('txn');
  adjustment_id constant text := typeid_new('adj');
  posting_key constant text := 'adjustment:' || p_idempotency_key;
  input_hash constant text := encode(sha256(convert_to(jsonb_build_array(p_org_id, p_difference_id, p_amount_nano, p_reason,
    p_proposed_by, p_approved_by)::text, 'UTF8')), 'hex');
  wallet_id text;
  answer jsonb;
  difference reconcile_difference;
  object_nano bigint;
begin
  if p_amount_nano is null or abs(p_amount_nano) > max_amount_nano then
    raise exception 'an adjustment is at most % nano-USD either way', max_amount_nano using errcode = 'PR002';
  end if;
  if coalesce(p_idempotency_key, '') = '' or length(p_idempotency_key) > max_key_length
    or coalesce(trim(p_reason), '') = '' or length(p_reason) > max_reason_length then
    raise exception 'an adjustment has an idempotency key and a reason' using errcode = 'PR002';
  end if;
  if coalesce(p_proposed_by, '') !~ operator_form or coalesce(p_approved_by, '') !~ operator_form or p_proposed_by = p_approved_by then
    raise exception 'an adjustment is proposed by one operator and approved by another' using errcode = 'PR002';
  end if;
  wallet_id := lock_wallet(p_org_id);
  answer := posted_result(posting_key, input_hash);
  if answer is not null then
    return answer;
  end if;
  select * into difference from reconcile_difference where id = p_difference_id and org_id = p_org_id;
  if not found or exists (select from ledger_adjustment a where a.difference_id = p_difference_id) then
    raise exception 'no open difference of this organization has that id' using errcode = 'PR002';
  end if;
  object_nano := p_amount_nano - difference.balance_nano;
  answer := jsonb_build_object('adjustment_id', adjustment_id, 'transaction_id', new_id,
    'amount_nano', p_amount_nano::text, 'object_nano', object_nano::text);
  insert into ledger_transaction (id, kind, org_id, idempotency_key, input_hash, result)
    values (new_id, 'adjustment', p_org_id, posting_key, input_hash, answer);
  if p_amount_nano <> 0 then
    insert into ledger_entry (transaction_id, line, account_id, amount_nano) values
      (new_id, 1, platform_account('suspense', ''), p_amount_nano),
      (new_id, 2, wallet_id, -p_amount_nano);
  end if;
  insert into ledger_adjustment (id, org_id, difference_id, amount_nano, object_nano, reason, proposed_by, approved_by, transaction_id)
    values (adjustment_id, p_org_id, p_difference_id, p_amount_nano, object_nano, p_reason, p_proposed_by, p_approved_by, new_id);
  if object_nano <> 0 then
    insert into control_outbox (org_id, type, payload) values (p_org_id, 'adjustment', jsonb_build_object(
      'type', 'adjustment', 'entryId', adjustment_id, 'amountNano', object_nano::text));
  end if;
  return answer || '{"repeated": false}';
end $$;
--> statement-breakpoint
GRANT SELECT ON reconcile_difference, ledger_adjustment TO console_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE (checked_at, ended_cursor) ON reconcile_progress TO console_app;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION record_differences(text, jsonb),
  post_adjustment(text, text, bigint, text, text, text, text) TO console_app;
