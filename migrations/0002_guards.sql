-- What no role may do to the book of record, the owner included. Our SQLSTATEs (class PR; callers treat 22, 23 and PR
-- as definitive, everything else as worth another try):
--   PR001 idempotency key used before with other input      PR002 malformed input
--   PR004 unknown organization                              PR005 correction of a receipt that is not recorded
--   PR006 a transaction that does not balance               PR007 change of an append-only row
--   PR008 id recorded before with other figures             PR009 change of a fixed column
--   PR900 migration applied by another runner (dev/database/migrate.ts)
-- An id whose time is not its row's occurred_at violates a CHECK (23514).

ALTER TABLE usage_receipt ADD CONSTRAINT usage_receipt_id_form CHECK (receipt_id ~ '^gen_[0-7][0-9a-hjkmnp-tv-z]{25}$');
--> statement-breakpoint
ALTER TABLE usage_receipt ADD CONSTRAINT usage_receipt_time_is_in_id
  CHECK (extract(epoch from occurred_at) * 1000 = typeid_time_ms(receipt_id));
--> statement-breakpoint
ALTER TABLE receipt_correction ADD CONSTRAINT receipt_correction_id_form CHECK (id ~ '^cor_[0-7][0-9a-hjkmnp-tv-z]{25}$');
--> statement-breakpoint
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  raise exception '% is append-only: % is refused', tg_table_name, tg_op using errcode = 'PR007';
end $$;
--> statement-breakpoint
-- By statement, so that it is refused even where no row would match; ALWAYS, so that replica mode does not switch it off.
DO $$
declare t text;
begin
  foreach t in array array['ledger_account', 'ledger_transaction', 'ledger_entry', 'wallet_credit',
                           'receipt_correction', 'usage_receipt', 'price_override'] loop
    execute format('create trigger %I before update or delete or truncate on %I for each statement execute function refuse_change()', t || '_append_only', t);
    execute format('alter table %I enable always trigger %I', t, t || '_append_only');
  end loop;
end $$;
--> statement-breakpoint
-- Statement triggers of a partitioned table do not fire for a partition named directly; row triggers are cloned to each.
CREATE TRIGGER usage_receipt_row_append_only BEFORE UPDATE OR DELETE ON usage_receipt
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE usage_receipt ENABLE ALWAYS TRIGGER usage_receipt_row_append_only;
--> statement-breakpoint
-- Runs at commit, when the caller's role is back: SECURITY DEFINER, or it could not read the journal.
CREATE FUNCTION check_transaction_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
begin
  if exists (
    select from ledger_entry e left join ledger_account a on a.id = e.account_id
    where e.transaction_id = new.transaction_id
    group by a.asset having a.asset is null or sum(e.amount_nano) <> 0
  ) then
    raise exception 'transaction % does not balance', new.transaction_id using errcode = 'PR006';
  end if;
  return null;
end $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON ledger_entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_transaction_balances();
--> statement-breakpoint
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_balances;
--> statement-breakpoint
-- Cached balances follow the journal by trigger, so they equal it whoever inserts. Locks are taken in sorted order.
CREATE FUNCTION follow_journal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
begin
  perform from ledger_balance
    where account_id in (select account_id from new_entries) order by account_id collate "C" for update;
  update ledger_balance b set balance_nano = b.balance_nano + d.delta, updated_at = now()
    from (select account_id, sum(amount_nano)::bigint as delta from new_entries group by account_id) d
    where b.account_id = d.account_id;
  return null;
end $$;
--> statement-breakpoint
CREATE TRIGGER ledger_entry_follow_journal AFTER INSERT ON ledger_entry
  REFERENCING NEW TABLE AS new_entries FOR EACH STATEMENT EXECUTE FUNCTION follow_journal();
--> statement-breakpoint
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_follow_journal;
--> statement-breakpoint
-- Only organization accounts have a cached balance: a cached platform row would make all organizations wait in line.
CREATE FUNCTION open_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
begin
  insert into ledger_balance (account_id, balance_nano) values (new.id, 0);
  return null;
end $$;
--> statement-breakpoint
CREATE TRIGGER ledger_account_open_balance AFTER INSERT ON ledger_account
  FOR EACH ROW WHEN (new.org_id IS NOT NULL) EXECUTE FUNCTION open_balance();
--> statement-breakpoint
ALTER TABLE ledger_account ENABLE ALWAYS TRIGGER ledger_account_open_balance;
--> statement-breakpoint
-- A balance changes only from within the journal's own triggers (depth two); nobody writes it by hand.
CREATE FUNCTION refuse_direct_balance() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if tg_op in ('DELETE', 'TRUNCATE') or pg_trigger_depth() < 2 then
    raise exception 'ledger_balance follows the journal: % is refused', tg_op using errcode = 'PR007';
  end if;
  return null;
end $$;
--> statement-breakpoint
CREATE TRIGGER ledger_balance_guard BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ledger_balance
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_direct_balance();
--> statement-breakpoint
ALTER TABLE ledger_balance ENABLE ALWAYS TRIGGER ledger_balance_guard;
--> statement-breakpoint
-- A truncation of a partition by its own name fires neither the table's triggers nor row triggers: each has its own.
CREATE FUNCTION guard_partition(p_name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
begin
  execute format('create trigger usage_receipt_refuse_truncate before truncate on public.%I for each statement execute function refuse_change()', p_name);
  execute format('alter table public.%I enable always trigger usage_receipt_refuse_truncate', p_name);
end $$;
--> statement-breakpoint
-- One partition per month and a default one, so that a receipt is never refused for its date. Rows that the default one
-- caught are moved when their month is made. Answers how many partitions it made.
CREATE FUNCTION ensure_partitions() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  months_ahead constant int := 3;
  made int := 0;
  from_time timestamptz;
  to_time timestamptz;
  partition_name text;
  caught boolean;
begin
  perform pg_advisory_xact_lock(hashtext('ensure_partitions'));
  for ahead in 0..months_ahead loop
    from_time := (date_trunc('month', now() at time zone 'UTC') + make_interval(months => ahead)) at time zone 'UTC';
    to_time := (date_trunc('month', now() at time zone 'UTC') + make_interval(months => ahead + 1)) at time zone 'UTC';
    partition_name := 'usage_receipt_' || to_char(from_time at time zone 'UTC', 'YYYY_MM');
    continue when to_regclass('public.' || partition_name) is not null;
    select exists (select from usage_receipt_default where occurred_at >= from_time and occurred_at < to_time) into caught;
    if caught then
      execute 'alter table usage_receipt detach partition usage_receipt_default';
    end if;
    execute format('create table public.%I partition of usage_receipt for values from (%L) to (%L)', partition_name, from_time, to_time);
    perform guard_partition(partition_name);
    if caught then
      insert into usage_receipt select * from usage_receipt_default where occurred_at >= from_time and occurred_at < to_time;
      delete from usage_receipt_default where occurred_at >= from_time and occurred_at < to_time;
      execute 'alter table usage_receipt attach partition usage_receipt_default default';
    end if;
    made := made + 1;
  end loop;
  return made;
end $$;
--> statement-breakpoint
CREATE TABLE usage_receipt_default PARTITION OF usage_receipt DEFAULT;
--> statement-breakpoint
SELECT guard_partition('usage_receipt_default');
--> statement-breakpoint
SELECT ensure_partitions();
