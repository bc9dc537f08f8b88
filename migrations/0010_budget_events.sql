-- What Account objects are told of budgets, members, tags, time zones and credit that ends.
-- PL/pgSQL has a keyword STRICT: of a record the column of that name is read in quotes.

-- The view reads a directory of zones, so it is asked only where an organization's zone is a new one.
CREATE FUNCTION check_time_zone() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if not exists (select from pg_catalog.pg_timezone_names where name = new.time_zone) then
    raise exception 'unknown time zone' using errcode = 'PR002';
  end if;
  return new;
end $$;
--> statement-breakpoint
CREATE TRIGGER organization_new_time_zone BEFORE INSERT ON organization
  FOR EACH ROW WHEN (new.time_zone <> 'UTC') EXECUTE FUNCTION check_time_zone();
--> statement-breakpoint
CREATE TRIGGER organization_other_time_zone BEFORE UPDATE OF time_zone ON organization
  FOR EACH ROW WHEN (new.time_zone <> old.time_zone AND new.time_zone <> 'UTC') EXECUTE FUNCTION check_time_zone();
--> statement-breakpoint
CREATE OR REPLACE FUNCTION announce_organization() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
begin
  if tg_op = 'INSERT' then
    insert into ledger_account (id, org_id, name)
      values (typeid_new('acc'), new.id, 'wallet'), (typeid_new('acc'), new.id, 'receivable');
  end if;
  insert into control_outbox (org_id, type, payload) values (new.id, 'organization', jsonb_build_object(
    'type', 'organization', 'version', new.version,
    'organization', jsonb_build_object('id', new.id, 'status', new.status,
      'policy', policy_json(new.data_collection, new.zdr, new.regions, new.providers_only, new.providers_ignore),
      'strict', new."strict", 'timeZone', new.time_zone)));
  return null;
end $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION announce_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
begin
  insert into control_outbox (org_id, type, payload) values (new.org_id, 'key', jsonb_build_object(
    'type', 'key', 'version', new.version,
    'key', jsonb_build_object(
      'id', new.id, 'hash', new.key_hash, 'mode', new.mode, 'status', new.status, 'scopes', to_jsonb(new.scopes),
      'models', to_jsonb(new.models), 'ipAllow', to_jsonb(new.ip_allow),
      'expiresAtMs', floor(extract(epoch from new.expires_at) * 1000)::bigint,
      'requestsPerMinute', new.requests_per_minute, 'tokensPerMinute', new.tokens_per_minute,
      'concurrency', new.concurrency,
      'budget', case when new.budget_limit_nano is null then null else
        jsonb_build_object('limitNano', new.budget_limit_nano::text, 'period', new.budget_period) end,
      'memberId', new.member_id, 'tags', to_jsonb(new.tags),
      'policy', policy_json(new.data_collection, new.zdr, new.regions, new.providers_only, new.providers_ignore),
      'guardrails', case when new.guard_secrets = 'off' and new.guard_cards = 'off' then null else
        jsonb_build_object('secrets', new.guard_secrets, 'cards', new.guard_cards) end,
      'strict', new."strict")));
  return null;
end $$;
--> statement-breakpoint
CREATE FUNCTION budget_row() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if (new.org_id, new.scope, new.period) is distinct from (old.org_id, old.scope, old.period) then
    raise exception 'whose budget it is, and of which period, is fixed' using errcode = 'PR009';
  end if;
  new.updated_at := now();
  return new;
end $$;
--> statement-breakpoint
CREATE TRIGGER budget_row BEFORE UPDATE ON budget FOR EACH ROW EXECUTE FUNCTION budget_row();
--> statement-breakpoint
-- A truncation would lift limits that no object hears of.
CREATE TRIGGER budget_refuse_truncate BEFORE TRUNCATE ON budget FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
-- One event per changed scope with all its limits. An older one that waits still is taken back, so that limits which are
-- replaced in one transaction reach the object in one step.
CREATE FUNCTION announce_budgets() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  max_scopes constant int := 10000; -- src/admission/limits.ts: scopesMax
  it record;
  new_version int;
begin
  -- Changes of one organization wait for each other here: the second reads the limits that the first has set.
  perform from organization where id in (select org_id from changed) order by id collate "C" for no key update;
  for it in select distinct org_id, scope from changed loop
    insert into budget_version as v (org_id, scope, version) values (it.org_id, it.scope, 1)
      on conflict (org_id, scope) do update set version = v.version + 1 returning version into new_version;
    delete from control_outbox
      where org_id = it.org_id and type = 'budget' and payload->>'scope' = it.scope and applied_at is null;
    insert into control_outbox (org_id, type, payload) values (it.org_id, 'budget', jsonb_build_object(
      'type', 'budget', 'version', new_version, 'scope', it.scope,
      'limits', coalesce((
        select jsonb_agg(jsonb_build_object('period', b.period, 'limitNano', b.limit_nano::text)
          order by array_position(array['day', 'week', 'month', 'total'], b.period))
        from budget b where b.org_id = it.org_id and b.scope = it.scope), '[]')));
  end loop;
  if exists (
    select from budget_version where org_id in (select org_id from changed) group by org_id having count(*) > max_scopes
  ) then
    raise exception 'an organization has budgets of % scopes at most', max_scopes using errcode = 'PR002';
  end if;
  return null;
end $$;
--> statement-breakpoint
CREATE TRIGGER budget_announce_insert AFTER INSERT ON budget
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION announce_budgets();
--> statement-breakpoint
CREATE TRIGGER budget_announce_update AFTER UPDATE ON budget
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION announce_budgets();
--> statement-breakpoint
CREATE TRIGGER budget_announce_delete AFTER DELETE ON budget
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION announce_budgets();
--> statement-breakpoint
DROP FUNCTION post_credit(text, bigint, text, text);
--> statement-breakpoint
/*
 * Adds credit to an organization's wallet: Dr promo_expense / Cr wallet, and in the same transaction the outbox row that
 * tells its Account object. Kinds: `promo`; `plan` and `paid` join with billing, which knows what they are posted against.
 * `p_priority` (lower is used first) is the kind's own where it is null; `p_expires_at` null does not end. Answers
 * `{ credit_id, transaction_id, amount_nano, repeated }`.
 */
CREATE FUNCTION post_credit(p_org_id text, p_amount_nano bigint, p_idempotency_key text, p_kind text,
  p_priority int DEFAULT null, p_expires_at timestamptz DEFAULT null) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  max_amount_nano constant bigint := 1000000000000000; -- one million USD: beyond it is a mistake of units
  max_key_length constant int := 200;
  max_priority constant int := 1000;
  max_life constant interval := '10 years';
  promo_priority constant int := 10; -- src/admission/lots.ts
  new_id constant text := typeid_new('txn');
  credit_id constant text := typeid_new('crd');
  posting_key constant text := 'credit:' || p_idempotency_key;
  -- As it was before credit could end, where nothing of that is asked: old keys keep their answers.
  input_hash constant text := encode(sha256(convert_to((jsonb_build_array(p_org_id, p_amount_nano, p_kind)
    || case when p_priority is null and p_expires_at is null then '[]'
      else jsonb_build_array(p_priority, extract(epoch from p_expires_at)::text) end)::text, 'UTF8')), 'hex');
  used_priority constant int := coalesce(p_priority, promo_priority);
  wallet_id text;
  answer jsonb;
begin
  if p_amount_nano is null or p_amount_nano not between 1 and max_amount_nano then
    raise exception 'a credit is between 1 and % nano-USD', max_amount_nano using errcode = 'PR002';
  end if;
  if coalesce(p_idempotency_key, '') = '' or length(p_idempotency_key) > max_key_length or p_kind is distinct from 'promo' then
    raise exception 'unknown kind of credit, or no idempotency key' using errcode = 'PR002';
  end if;
  if used_priority not between 0 and max_priority then
    raise exception 'a priority is between 0 and %', max_priority using errcode = 'PR002';
  end if;
  wallet_id := lock_wallet(p_org_id);
  answer := posted_result(posting_key, input_hash);
  if answer is not null then
    return answer;
  end if;
  -- Only now: what was posted once is answered once more after it has ended.
  if p_expires_at <= now() or p_expires_at > now() + max_life then
    raise exception 'credit ends in the future, within %', max_life using errcode = 'PR002';
  end if;
  answer := jsonb_build_object('credit_id', credit_id, 'transaction_id', new_id, 'amount_nano', p_amount_nano::text);
  insert into ledger_transaction (id, kind, org_id, idempotency_key, input_hash, result)
    values (new_id, 'credit', p_org_id, posting_key, input_hash, answer);
  insert into ledger_entry (transaction_id, line, account_id, amount_nano) values
    (new_id, 1, platform_account('promo_expense', ''), p_amount_nano),
    (new_id, 2, wallet_id, -p_amount_nano);
  insert into wallet_credit (id, org_id, kind, amount_nano, priority, expires_at, transaction_id)
    values (credit_id, p_org_id, p_kind, p_amount_nano, used_priority, p_expires_at, new_id);
  insert into control_outbox (org_id, type, payload) values (p_org_id, 'credit', jsonb_build_object(
    'type', 'credit', 'entryId', credit_id, 'amountNano', p_amount_nano::text, 'priority', used_priority,
    'expiresAtMs', floor(extract(epoch from p_expires_at) * 1000)::bigint));
  return answer || '{"repeated": false}';
end $$;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION post_credit(text, bigint, text, text, int, timestamptz) TO console_app;
--> statement-breakpoint
GRANT UPDATE (strict, time_zone) ON organization TO console_app;
--> statement-breakpoint
GRANT UPDATE (strict, member_id, tags) ON api_key TO console_app;
--> statement-breakpoint
-- Its versions and its event are the trigger's work.
GRANT SELECT, DELETE, INSERT (org_id, scope, period, limit_nano), UPDATE (limit_nano) ON budget TO console_app;
