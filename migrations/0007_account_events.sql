-- What Account objects are told of policies, guardrails and sealed provider keys, and receipts with counts of matches.

-- A routing policy as src/kernel's RoutingPolicy; null where it has no rule.
CREATE FUNCTION policy_json(data_collection text, zdr boolean, regions text[], providers_only text[], providers_ignore text[])
RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
  select case when data_collection is null and not zdr and regions is null and providers_only is null and providers_ignore is null
    then null else jsonb_build_object('dataCollection', data_collection, 'zdr', zdr, 'regions', to_jsonb(regions),
      'providersOnly', to_jsonb(providers_only), 'providersIgnore', to_jsonb(providers_ignore)) end
$$;
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
      'policy', policy_json(new.data_collection, new.zdr, new.regions, new.providers_only, new.providers_ignore))));
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
      'policy', policy_json(new.data_collection, new.zdr, new.regions, new.providers_only, new.providers_ignore),
      'guardrails', case when new.guard_secrets = 'off' and new.guard_cards = 'off' then null else
        jsonb_build_object('secrets', new.guard_secrets, 'cards', new.guard_cards) end)));
  return null;
end $$;
--> statement-breakpoint
-- Versions go on over a removal, so a key's row is never deleted; and an Account object keeps a bounded number of them.
CREATE FUNCTION provider_key_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  max_providers constant int := 32; -- src/admission/limits.ts: providerKeysMax
begin
  if tg_op = 'UPDATE' then
    if (new.org_id, new.provider) is distinct from (old.org_id, old.provider) then
      raise exception 'whose key it is, and at which provider, is fixed' using errcode = 'PR009';
    end if;
    new.version := old.version + 1;
    new.updated_at := now();
    return new;
  end if;
  -- Inserts of one organization wait for each other here, so that two cannot pass the bound together.
  perform from organization where id = new.org_id for no key update;
  if (select count(*) from provider_key where org_id = new.org_id and provider <> new.provider) >= max_providers then
    raise exception 'an organization has keys at % providers at most', max_providers using errcode = 'PR002';
  end if;
  new.version := 1;
  return new;
end $$;
--> statement-breakpoint
CREATE TRIGGER provider_key_version BEFORE INSERT OR UPDATE ON provider_key
  FOR EACH ROW EXECUTE FUNCTION provider_key_version();
--> statement-breakpoint
-- The older version's event goes, applied or not: what was replaced or removed must not rest in the outbox.
CREATE FUNCTION announce_provider_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
begin
  delete from control_outbox
    where org_id = new.org_id and type = 'provider_key' and payload->>'provider' = new.provider;
  insert into control_outbox (org_id, type, payload) values (new.org_id, 'provider_key', jsonb_build_object(
    'type', 'provider_key', 'version', new.version, 'provider', new.provider,
    'key', case when new.sealed is null then null else
      jsonb_build_object('sealed', new.sealed, 'keyVersion', new.key_version, 'mode', new.mode) end));
  return null;
end $$;
--> statement-breakpoint
CREATE TRIGGER provider_key_announce AFTER INSERT OR UPDATE ON provider_key
  FOR EACH ROW EXECUTE FUNCTION announce_provider_key();
--> statement-breakpoint
-- Records the receipts of a flush. Answers, over the rows that were new: how many, their cost, and upstream cost by provider.
CREATE OR REPLACE FUNCTION record_receipts(flush jsonb, p_transaction_id text, OUT inserted int, OUT cost bigint, OUT upstream jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
begin
  with added as (
    insert into usage_receipt (receipt_id, occurred_at, org_id, key_id, mode, operation, streamed, model, price_version,
      provider, endpoint, kind, outcome, status, error_code, units, held_nano, cost_nano, upstream_cost_nano, attempts,
      flags, guardrails, first_byte_ms, duration_ms, transaction_id)
    select r.id, r.occurred_at, r.org_id, r.key_id, r.mode, r.operation, r.streamed, r.model, r.price_version,
      r.provider, r.endpoint, r.kind, r.outcome, r.status, r.error_code, r.units, r.held_nano, r.cost_nano,
      r.upstream_cost_nano, r.attempts, r.flags, r.guardrails, r.first_byte_ms, r.duration_ms, p_transaction_id
    from jsonb_to_recordset(flush->'receipts') as r(id text, occurred_at timestamptz, org_id text, key_id text, mode text,
      operation text, streamed boolean, model text, price_version text, provider text, endpoint text, kind text,
      outcome text, status smallint, error_code text, units jsonb, held_nano bigint, cost_nano bigint,
      upstream_cost_nano bigint, attempts jsonb, flags jsonb, guardrails jsonb, first_byte_ms integer, duration_ms integer)
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
/*
 * One receipt of one organization: `{ receipt, corrections, transaction_id, recorded_at }`, or null. Another
 * organization's receipt and a malformed id are null too. The id's own time finds the partition.
 */
CREATE OR REPLACE FUNCTION generation_by_id(p_org_id text, p_receipt_id text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  iso constant text := 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';
  r usage_receipt;
begin
  if p_receipt_id is null or p_receipt_id !~ '^gen_[0-7][0-9a-hjkmnp-tv-z]{25}$' then
    return null;
  end if;
  select * into r from usage_receipt u where u.receipt_id = p_receipt_id and u.org_id = p_org_id
    and u.occurred_at = timestamptz 'epoch' + typeid_time_ms(p_receipt_id) * interval '1 millisecond';
  if not found then
    return null;
  end if;
  return jsonb_build_object(
    'transaction_id', r.transaction_id, 'recorded_at', to_char(r.recorded_at at time zone 'UTC', iso),
    'receipt', jsonb_build_object(
      'id', r.receipt_id, 'occurred_at', to_char(r.occurred_at at time zone 'UTC', iso), 'org_id', r.org_id,
      'key_id', r.key_id, 'mode', r.mode, 'operation', r.operation, 'streamed', r.streamed, 'model', r.model,
      'price_version', r.price_version, 'provider', r.provider, 'endpoint', r.endpoint, 'kind', r.kind,
      'outcome', r.outcome, 'status', r.status, 'error_code', r.error_code, 'units', r.units,
      'held_nano', r.held_nano::text, 'cost_nano', r.cost_nano::text, 'upstream_cost_nano', r.upstream_cost_nano::text,
      'attempts', r.attempts, 'flags', r.flags, 'first_byte_ms', r.first_byte_ms, 'duration_ms', r.duration_ms)
      || case when r.guardrails is null then '{}' else jsonb_build_object('guardrails', r.guardrails) end,
    'corrections', coalesce((select jsonb_agg(jsonb_build_object(
        'id', c.id, 'occurred_at', to_char(c.occurred_at at time zone 'UTC', iso), 'receipt_id', c.receipt_id,
        'receipt_occurred_at', to_char(c.receipt_occurred_at at time zone 'UTC', iso), 'org_id', c.org_id,
        'cost_delta_nano', c.cost_delta_nano::text, 'upstream_cost_delta_nano', c.upstream_cost_delta_nano::text,
        'end', c."end") order by c.occurred_at, c.id)
      from receipt_correction c where c.receipt_id = p_receipt_id and c.org_id = p_org_id), '[]'));
end $$;
--> statement-breakpoint
GRANT UPDATE (data_collection, zdr, regions, providers_only, providers_ignore) ON organization TO console_app;
--> statement-breakpoint
GRANT UPDATE (data_collection, zdr, regions, providers_only, providers_ignore, guard_secrets, guard_cards) ON api_key
  TO console_app;
--> statement-breakpoint
-- Sealed keys go in and do not come out: no role reads what was sealed.
REVOKE SELECT ON provider_key FROM readonly_app;
--> statement-breakpoint
GRANT SELECT (org_id, provider, mode, key_version, version, created_at, updated_at) ON provider_key
  TO console_app, readonly_app;
--> statement-breakpoint
GRANT INSERT (org_id, provider, mode, sealed, key_version), UPDATE (mode, sealed, key_version) ON provider_key TO console_app;
