CREATE TABLE "webhook_delivery" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"endpoint_id" text NOT NULL,
	"event_id" text NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"attempts" smallint DEFAULT 0 NOT NULL,
	"claims" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone DEFAULT now(),
	"last_attempt_at" timestamp with time zone,
	"last_status" smallint,
	"last_error_code" text,
	"last_duration_ms" integer,
	"delivered_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_delivery_once" UNIQUE("endpoint_id","event_id"),
	CONSTRAINT "webhook_delivery_id_form" CHECK (id ~ '^whd_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "webhook_delivery_status_known" CHECK (status in ('pending', 'delivered', 'failed')),
	CONSTRAINT "webhook_delivery_waits_while_pending" CHECK ((status = 'pending') = (next_attempt_at is not null)),
	CONSTRAINT "webhook_delivery_attempts_few" CHECK (attempts between 0 and 20),
	CONSTRAINT "webhook_delivery_error_form" CHECK (last_error_code ~ '^[a-z]+(_[a-z]+)*$' and char_length(last_error_code) <= 64)
);
--> statement-breakpoint
CREATE TABLE "webhook_endpoint" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"url" text NOT NULL,
	"description" text,
	"events" text[],
	"status" text DEFAULT 'enabled' NOT NULL,
	"disabled_reason" text,
	"disabled_at" timestamp with time zone,
	"sealed_secret" text NOT NULL,
	"sealed_previous" text,
	"previous_ends_at" timestamp with time zone,
	"failing_since" timestamp with time zone,
	"replays_since" timestamp with time zone,
	"replays" smallint DEFAULT 0 NOT NULL,
	"failed_replays" smallint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_endpoint_id_form" CHECK (id ~ '^whe_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "webhook_endpoint_url_form" CHECK (url ~ '^https?://' and char_length(url) <= 2048),
	CONSTRAINT "webhook_endpoint_description_length" CHECK (char_length(description) between 1 and 200),
	CONSTRAINT "webhook_endpoint_events_some" CHECK (cardinality(events) between 1 and 64),
	CONSTRAINT "webhook_endpoint_status_known" CHECK (status in ('enabled', 'disabled', 'auto_disabled')),
	CONSTRAINT "webhook_endpoint_reason_known" CHECK (disabled_reason in ('gone', 'failing')),
	CONSTRAINT "webhook_endpoint_reason_ours" CHECK ((status = 'auto_disabled') = (disabled_reason is not null)),
	CONSTRAINT "webhook_endpoint_disabled_since" CHECK ((status = 'enabled') = (disabled_at is null)),
	CONSTRAINT "webhook_endpoint_previous_ends" CHECK ((sealed_previous is null) = (previous_ends_at is null)),
	CONSTRAINT "webhook_endpoint_sealed_length" CHECK (char_length(sealed_secret) <= 512 and char_length(sealed_previous) <= 512)
);
--> statement-breakpoint
CREATE TABLE "webhook_event" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"type" text NOT NULL,
	"payload" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_event_id_form" CHECK (id ~ '^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "webhook_event_type_form" CHECK (type ~ '^[a-z_]+([.][a-z_]+)+$' and char_length(type) <= 64),
	CONSTRAINT "webhook_event_payload_object" CHECK (jsonb_typeof(payload) = 'object')
);
--> statement-breakpoint
ALTER TABLE "api_key" ADD COLUMN "rotated_from" text;--> statement-breakpoint
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_endpoint_id_webhook_endpoint_id_fk" FOREIGN KEY ("endpoint_id") REFERENCES "public"."webhook_endpoint"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_event_id_webhook_event_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."webhook_event"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_endpoint" ADD CONSTRAINT "webhook_endpoint_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_event" ADD CONSTRAINT "webhook_event_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "webhook_delivery_endpoint" ON "webhook_delivery" USING btree ("endpoint_id","id");--> statement-breakpoint
CREATE INDEX "webhook_delivery_waiting" ON "webhook_delivery" USING btree ("next_attempt_at") WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX "webhook_delivery_due" ON "webhook_delivery" USING btree ("endpoint_id","next_attempt_at") WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX "webhook_endpoint_org" ON "webhook_endpoint" USING btree ("org_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_endpoint_url_once" ON "webhook_endpoint" USING btree ("org_id","url");--> statement-breakpoint
CREATE INDEX "webhook_endpoint_overlapping" ON "webhook_endpoint" USING btree ("previous_ends_at") WHERE previous_ends_at is not null;--> statement-breakpoint
CREATE INDEX "webhook_event_org" ON "webhook_event" USING btree ("org_id","created_at");--> statement-breakpoint
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_rotated_from_form" CHECK (rotated_from ~ '^key_[0-7][0-9a-hjkmnp-tv-z]{25}$');--> statement-breakpoint
-- Our SQLSTATE PR014: as many as there may be.
-- An endpoint stays whose it is. Once it is switched on again, or leads elsewhere, its past failures are over.
CREATE FUNCTION webhook_endpoint_row() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if (new.id, new.org_id, new.created_at) is distinct from (old.id, old.org_id, old.created_at) then
    raise exception 'whose endpoint it is cannot change' using errcode = 'PR009';
  end if;
  new.disabled_reason := case when new.status = 'auto_disabled' then new.disabled_reason end;
  new.disabled_at := case when new.status <> 'enabled' then coalesce(old.disabled_at, now()) end;
  if (new.url, new.status) is distinct from (old.url, old.status) then
    new.failing_since := null;
  end if;
  new.updated_at := now();
  return new;
end $$;
--> statement-breakpoint
CREATE TRIGGER webhook_endpoint_row BEFORE UPDATE ON webhook_endpoint
  FOR EACH ROW EXECUTE FUNCTION webhook_endpoint_row();
--> statement-breakpoint
-- Those who add at the same moment wait for each other at the organization's row, and the later counts the earlier's.
CREATE FUNCTION webhook_endpoint_room() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare max_endpoints constant int := 20; -- src/notify/webhooks/bounds.ts: WEBHOOK_ENDPOINTS_MAX
begin
  perform from organization where id = new.org_id for no key update;
  if (select count(*) from webhook_endpoint where org_id = new.org_id) >= max_endpoints then
    raise exception 'an organization has % webhook endpoints at most', max_endpoints using errcode = 'PR014';
  end if;
  return new;
end $$;
--> statement-breakpoint
CREATE TRIGGER webhook_endpoint_room BEFORE INSERT ON webhook_endpoint
  FOR EACH ROW EXECUTE FUNCTION webhook_endpoint_room();
--> statement-breakpoint
-- What waits for an endpoint that is switched off ends with it, and can be replayed. Of very many the rest is not sent either,
-- and is ended by the cron when it is due.
CREATE FUNCTION webhook_endpoint_stopped() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare max_ended constant int := 1000;
begin
  update webhook_delivery set status = 'failed', next_attempt_at = null, last_error_code = 'endpoint_disabled'
    where status = 'pending' and id in (select id from webhook_delivery
      where endpoint_id = new.id and status = 'pending' order by next_attempt_at limit max_ended);
  return null;
end $$;
--> statement-breakpoint
CREATE TRIGGER webhook_endpoint_stopped AFTER UPDATE OF status ON webhook_endpoint
  FOR EACH ROW WHEN (new.status <> 'enabled' AND old.status = 'enabled') EXECUTE FUNCTION webhook_endpoint_stopped();
--> statement-breakpoint
-- Not the address: many carry a secret of their own.
CREATE TRIGGER webhook_endpoint_audit AFTER INSERT OR UPDATE OR DELETE ON webhook_endpoint FOR EACH ROW EXECUTE FUNCTION
  audit_row('webhook_endpoint', 'org_id', 'id', 'status events disabled_reason',
    'updated_at failing_since disabled_at sealed_previous previous_ends_at replays_since replays failed_replays');
--> statement-breakpoint
/*
 * Writes an event for those endpoints of an organization that want it, in the transaction of what it tells. Nothing is
 * written where none does. What calls this must never fail by it: payloads are small and of our own making.
 */
CREATE FUNCTION emit_webhook_event(p_org_id text, p_type text, p_payload jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  wanting constant text[] := array(select e.id from webhook_endpoint e
    where e.org_id = p_org_id and e.status = 'enabled' and (e.events is null or p_type = any (e.events))
    order by e.id collate "C" for key share);
  new_id text;
begin
  if cardinality(wanting) = 0 then
    return;
  end if;
  new_id := typeid_new('evt');
  insert into webhook_event (id, org_id, type, payload) values (new_id, p_org_id, p_type, p_payload);
  insert into webhook_delivery (id, org_id, endpoint_id, event_id)
    select typeid_new('whd'), p_org_id, endpoint, new_id from unnest(wanting) endpoint;
end $$;
--> statement-breakpoint
-- Neither hashes nor lists of addresses leave with it.
CREATE FUNCTION tell_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  quiet constant text[] := array['version', 'updated_at', 'key_hash', 'pepper_version'];
  changed text[] := '{}';
  type text;
begin
  if tg_op = 'INSERT' then
    type := case when new.rotated_from is null then 'key.created' else 'key.rotated' end;
  else
    changed := array(select n.key from jsonb_each(to_jsonb(new)) n
      where n.value is distinct from to_jsonb(old) -> n.key and not n.key = any (quiet) order by n.key);
    if cardinality(changed) = 0 then
      return null;
    end if;
    type := case when new.status = 'revoked' and old.status <> 'revoked' then 'key.revoked' else 'key.updated' end;
  end if;
  perform emit_webhook_event(new.org_id, type, jsonb_build_object(
    'id', new.id, 'name', new.name, 'prefix', new.prefix, 'last_four', new.last_four, 'mode', new.mode,
    'status', new.status, 'member_id', new.member_id, 'expires_at', instant_text(new.expires_at),
    'created_at', instant_text(new.created_at))
    || case type when 'key.rotated' then jsonb_build_object('rotated_from', new.rotated_from)
      when 'key.updated' then jsonb_build_object('changed', to_jsonb(changed)) else '{}' end);
  return null;
end $$;
--> statement-breakpoint
CREATE FUNCTION instant_text(at timestamptz) RETURNS text LANGUAGE sql STABLE STRICT AS $$
  select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
--> statement-breakpoint
CREATE TRIGGER api_key_tell AFTER INSERT OR UPDATE ON api_key FOR EACH ROW EXECUTE FUNCTION tell_key();
--> statement-breakpoint
-- The scope as the API names it (`describeScope`): `tag:search` of "tag search", of a member or a key its id.
CREATE FUNCTION tell_budget_alert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
begin
  perform emit_webhook_event(new.org_id, 'budget.threshold', jsonb_build_object(
    'id', new.id, 'scope', regexp_replace(regexp_replace(new.scope, '^tag ', 'tag:'), '^(member|key) ', ''),
    'period', new.period, 'period_name', new.period_name, 'percent', new.percent,
    'limit_nano', new.limit_nano::text, 'spent_nano', new.spent_nano::text, 'occurred_at', instant_text(new.occurred_at)));
  return null;
end $$;
--> statement-breakpoint
CREATE TRIGGER budget_alert_tell AFTER INSERT ON budget_alert FOR EACH ROW EXECUTE FUNCTION tell_budget_alert();
--> statement-breakpoint
/*
 * Writes `webhook.test` for one endpoint, whatever types it wants. Answers the delivery's id; null where the organization
 * has no such endpoint that is enabled.
 */
CREATE FUNCTION send_webhook_test(p_org_id text, p_endpoint_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  max_an_hour constant int := 30; -- src/notify/webhooks/bounds.ts: WEBHOOK_TESTS_AN_HOUR_MAX
  event_id constant text := typeid_new('evt');
  delivery_id constant text := typeid_new('whd');
begin
  -- Two who press the button at the same moment are counted one after the other.
  perform from webhook_endpoint where id = p_endpoint_id and org_id = p_org_id and status = 'enabled' for no key update;
  if not found then
    return null;
  end if;
  if (select count(*) from webhook_event where org_id = p_org_id and type = 'webhook.test'
      and payload ->> 'endpoint_id' = p_endpoint_id and created_at > now() - interval '1 hour') >= max_an_hour then
    raise exception 'an endpoint gets % tests an hour at most', max_an_hour using errcode = 'PR014';
  end if;
  insert into webhook_event (id, org_id, type, payload)
    values (event_id, p_org_id, 'webhook.test', jsonb_build_object('endpoint_id', p_endpoint_id));
  insert into webhook_delivery (id, org_id, endpoint_id, event_id)
    values (delivery_id, p_org_id, p_endpoint_id, event_id);
  return delivery_id;
end $$;
--> statement-breakpoint
/*
 * Sends deliveries of an endpoint again: one, whatever became of it, or those that failed of since an instant, the oldest
 * first. Each kind has its bound an hour, or we could be made to send load at somebody else. Answers how many; null where the
 * organization has no such endpoint that is enabled. A try that is being made now is no claim of what is replayed any more.
 */
CREATE FUNCTION replay_webhook_deliveries(
  p_org_id text, p_endpoint_id text, p_delivery_id text, p_since timestamptz, p_limit int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  max_replays constant int := 30; -- src/notify/webhooks/bounds.ts: WEBHOOK_REPLAYS_AN_HOUR_MAX
  max_failed_replays constant int := 1000; -- WEBHOOK_FAILED_REPLAYS_AN_HOUR_MAX
  is_one constant boolean := p_delivery_id is not null;
  endpoint webhook_endpoint;
  is_new_hour boolean;
  room int;
  chosen text[];
  replayed int;
begin
  -- Those who replay at the same moment are counted one after the other.
  select * into endpoint from webhook_endpoint
    where id = p_endpoint_id and org_id = p_org_id and status = 'enabled' for no key update;
  if not found then
    return null;
  end if;
  is_new_hour := coalesce(endpoint.replays_since <= now() - interval '1 hour', true);
  room := case when is_one then max_replays else max_failed_replays end
    - case when is_new_hour then 0 when is_one then endpoint.replays else endpoint.failed_replays end;
  if room <= 0 then
    raise exception 'an endpoint gets no more replays in this hour' using errcode = 'PR014';
  end if;
  if is_one then
    chosen := array(select id from webhook_delivery
      where id = p_delivery_id and endpoint_id = p_endpoint_id and org_id = p_org_id);
  else
    chosen := array(select id from webhook_delivery
      where org_id = p_org_id and endpoint_id = p_endpoint_id and status = 'failed' and created_at >= p_since
      order by id limit least(p_limit, room));
  end if;
  update webhook_delivery
    set status = 'pending', attempts = 0, claims = claims + 1, next_attempt_at = now(), delivered_at = null
    where id = any (chosen);
  get diagnostics replayed = row_count;
  if replayed > 0 then
    update webhook_endpoint set
      replays_since = case when is_new_hour then now() else replays_since end,
      replays = case when is_new_hour then 0 else replays end + case when is_one then replayed else 0 end,
      failed_replays = case when is_new_hour then 0 else failed_replays end + case when is_one then 0 else replayed end
      where id = p_endpoint_id;
  end if;
  return replayed;
end $$;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE, UPDATE (url, description, events, status, disabled_reason, sealed_secret, sealed_previous,
  previous_ends_at, failing_since) ON webhook_endpoint TO console_app;
--> statement-breakpoint
GRANT SELECT ON webhook_event TO console_app;
--> statement-breakpoint
GRANT SELECT, UPDATE (status, attempts, claims, next_attempt_at, last_attempt_at, last_status, last_error_code,
  last_duration_ms, delivered_at) ON webhook_delivery TO console_app;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION send_webhook_test(text, text) TO console_app;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION replay_webhook_deliveries(text, text, text, timestamptz, int) TO console_app;
--> statement-breakpoint
REVOKE SELECT ON webhook_endpoint FROM readonly_app;
--> statement-breakpoint
GRANT SELECT (id, org_id, description, events, status, disabled_reason, disabled_at, previous_ends_at, failing_since,
  replays_since, replays, failed_replays, created_at, updated_at) ON webhook_endpoint TO readonly_app;
