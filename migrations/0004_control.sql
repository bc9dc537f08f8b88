-- The control plane's side: every change of an organization or a key writes its outbox row in the same transaction, by
-- trigger, so that no caller can forget it. Payloads are src/admission's AccountEvent as JSON.

CREATE FUNCTION control_row_version() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if tg_op = 'INSERT' then
    new.version := 1;
    return new;
  end if;
  if tg_table_name = 'organization' then
    if (new.id, new.locator, new.region) is distinct from (old.id, old.locator, old.region) then
      raise exception 'id, locator and region of an organization are fixed' using errcode = 'PR009';
    end if;
  elsif (new.id, new.org_id, new.key_hash, new.pepper_version, new.mode, new.prefix, new.last_four)
    is distinct from (old.id, old.org_id, old.key_hash, old.pepper_version, old.mode, old.prefix, old.last_four) then
    raise exception 'what a key is cannot change' using errcode = 'PR009';
  elsif old.status = 'revoked' and new.status <> 'revoked' then
    raise exception 'a revoked key stays revoked' using errcode = 'PR009';
  end if;
  new.version := old.version + 1;
  new.updated_at := now();
  return new;
end $$;
--> statement-breakpoint
CREATE TRIGGER organization_version BEFORE INSERT OR UPDATE ON organization
  FOR EACH ROW EXECUTE FUNCTION control_row_version();
--> statement-breakpoint
CREATE TRIGGER api_key_version BEFORE INSERT OR UPDATE ON api_key
  FOR EACH ROW EXECUTE FUNCTION control_row_version();
--> statement-breakpoint
CREATE FUNCTION announce_organization() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
begin
  if tg_op = 'INSERT' then
    insert into ledger_account (id, org_id, name)
      values (typeid_new('acc'), new.id, 'wallet'), (typeid_new('acc'), new.id, 'receivable');
  end if;
  insert into control_outbox (org_id, type, payload) values (new.id, 'organization', jsonb_build_object(
    'type', 'organization', 'version', new.version,
    'organization', jsonb_build_object('id', new.id, 'status', new.status)));
  return null;
end $$;
--> statement-breakpoint
CREATE TRIGGER organization_announce AFTER INSERT OR UPDATE ON organization
  FOR EACH ROW EXECUTE FUNCTION announce_organization();
--> statement-breakpoint
CREATE FUNCTION announce_key() RETURNS trigger
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
        jsonb_build_object('limitNano', new.budget_limit_nano::text, 'period', new.budget_period) end)));
  return null;
end $$;
--> statement-breakpoint
CREATE TRIGGER api_key_announce AFTER INSERT OR UPDATE ON api_key
  FOR EACH ROW EXECUTE FUNCTION announce_key();
--> statement-breakpoint
/*
 * One receipt of one organization: `{ receipt, corrections, transaction_id, recorded_at }`, or null. Another
 * organization's receipt and a malformed id are null too. The id's own time finds the partition.
 */
CREATE FUNCTION generation_by_id(p_org_id text, p_receipt_id text) RETURNS jsonb
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
      'attempts', r.attempts, 'flags', r.flags, 'first_byte_ms', r.first_byte_ms, 'duration_ms', r.duration_ms),
    'corrections', coalesce((select jsonb_agg(jsonb_build_object(
        'id', c.id, 'occurred_at', to_char(c.occurred_at at time zone 'UTC', iso), 'receipt_id', c.receipt_id,
        'receipt_occurred_at', to_char(c.receipt_occurred_at at time zone 'UTC', iso), 'org_id', c.org_id,
        'cost_delta_nano', c.cost_delta_nano::text, 'upstream_cost_delta_nano', c.upstream_cost_delta_nano::text,
        'end', c."end") order by c.occurred_at, c.id)
      from receipt_correction c where c.receipt_id = p_receipt_id and c.org_id = p_org_id), '[]'));
end $$;
--> statement-breakpoint
-- The newest set of price overrides, `{ version, entries }`, or null when none is newer than what the caller has.
CREATE FUNCTION current_price_overrides(since_version bigint) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  select jsonb_build_object('version', version, 'entries', entries) from price_override
  where version > since_version order by version desc limit 1
$$;
