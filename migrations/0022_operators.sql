CREATE TABLE "adjustment_proposal" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"difference_id" text NOT NULL,
	"amount_nano" bigint NOT NULL,
	"reason" text NOT NULL,
	"proposed_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"decided_by" text,
	"decided_at" timestamp with time zone,
	"adjustment_id" text,
	CONSTRAINT "adjustment_proposal_id_form" CHECK (id ~ '^prp_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "adjustment_proposal_reason_length" CHECK (char_length(reason) between 1 and 500),
	CONSTRAINT "adjustment_proposal_status_known" CHECK (status in ('pending', 'approved', 'rejected')),
	CONSTRAINT "adjustment_proposal_two_operators" CHECK (status <> 'approved' or proposed_by <> decided_by),
	CONSTRAINT "adjustment_proposal_decided_whole" CHECK ((status = 'pending') = (decided_by is null))
);
--> statement-breakpoint
CREATE TABLE "provider_stop" (
	"version" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "provider_stop_version_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"targets" text[] NOT NULL,
	"reason" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "provider_stop_targets_few" CHECK (cardinality(targets) <= 100),
	CONSTRAINT "provider_stop_reason_length" CHECK (char_length(reason) between 1 and 500)
);
--> statement-breakpoint
ALTER TABLE "organization" ADD COLUMN "status_reason" text;--> statement-breakpoint
ALTER TABLE "price_override" ADD COLUMN "reason" text;--> statement-breakpoint
ALTER TABLE "adjustment_proposal" ADD CONSTRAINT "adjustment_proposal_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "adjustment_proposal" ADD CONSTRAINT "adjustment_proposal_difference_id_reconcile_difference_id_fk" FOREIGN KEY ("difference_id") REFERENCES "public"."reconcile_difference"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "adjustment_proposal_pending" ON "adjustment_proposal" USING btree ("id") WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX "audit_entry_operator" ON "audit_entry" USING btree ("id") WHERE actor_kind = 'operator' or action in ('operator.created', 'operator.updated', 'operator.revoked');--> statement-breakpoint
ALTER TABLE "organization" ADD CONSTRAINT "organization_status_reason_length" CHECK (char_length(status_reason) between 1 and 500);--> statement-breakpoint
ALTER TABLE "price_override" ADD CONSTRAINT "price_override_reason_length" CHECK (char_length(reason) between 1 and 500);--> statement-breakpoint
CREATE INDEX "webhook_event_created" ON "webhook_event" USING btree ("created_at");--> statement-breakpoint
-- What operators do. Each function asks by itself who acts, of the setting that the audit log reads too (0014): a fault in
-- the console's checks is not enough, and what was done stands in the log as whoever it was done as. Who holds the
-- console's own login of the database can still name anybody.

/* The operator who acts in this transaction, of one of these roles. Nobody, or one who was revoked: PR012. */
CREATE FUNCTION acting_operator(p_roles text[]) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  who constant text := substring(coalesce(audit_setting('actor'), '') from '^operator:(usr_[0-9a-z]{26})$');
begin
  if not exists (select from operator o join account_user u on u.id = o.user_id
    where o.user_id = who and o.role = any (p_roles) and o.revoked_at is null and u.status = 'active') then
    raise exception 'no operator of that role acts' using errcode = 'PR012';
  end if;
  return who;
end $$;
--> statement-breakpoint
CREATE FUNCTION adjustment_proposal_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  max_age constant interval := '7 days';
  difference reconcile_difference;
begin
  new.proposed_by := acting_operator(array['finance', 'admin']);
  select * into difference from reconcile_difference d where d.id = new.difference_id and d.org_id = new.org_id
    and not exists (select from ledger_adjustment a where a.difference_id = d.id);
  if not found then
    raise exception 'no open difference of this organization has that id' using errcode = 'PR010';
  end if;
  -- An adjustment closes a difference: it gives nobody anything beside.
  if new.amount_nano not between least(0, difference.amount_nano, difference.balance_nano)
    and greatest(0, difference.amount_nano, difference.balance_nano) then
    raise exception 'an adjustment lies between nothing and what the difference is off by' using errcode = 'PR002';
  end if;
  new.created_at := now();
  new.expires_at := now() + max_age;
  new.status := 'pending';
  return new;
end $$;
--> statement-breakpoint
CREATE TRIGGER adjustment_proposal_row BEFORE INSERT ON adjustment_proposal
  FOR EACH ROW EXECUTE FUNCTION adjustment_proposal_row();
--> statement-breakpoint
-- What was proposed is what is decided on.
CREATE FUNCTION adjustment_proposal_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if to_jsonb(new) - 'status' - 'decided_by' - 'decided_at' - 'adjustment_id'
    <> to_jsonb(old) - 'status' - 'decided_by' - 'decided_at' - 'adjustment_id' or old.status <> 'pending' then
    raise exception 'a proposal does not change, and is decided once' using errcode = 'PR009';
  end if;
  return new;
end $$;
--> statement-breakpoint
CREATE TRIGGER adjustment_proposal_fixed BEFORE UPDATE ON adjustment_proposal
  FOR EACH ROW EXECUTE FUNCTION adjustment_proposal_fixed();
--> statement-breakpoint
CREATE TRIGGER adjustment_proposal_kept BEFORE DELETE OR TRUNCATE ON adjustment_proposal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER provider_stop_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON provider_stop
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE provider_stop ENABLE ALWAYS TRIGGER provider_stop_append_only;
--> statement-breakpoint
/*
 * Approves a proposal, which posts the adjustment, or rejects it; the second operator's act. Answers
 * `{ outcome, adjustment_id }`: `approved`, `rejected`, or why not: `decided`, `expired`, `closed` (the difference), `own`
 * (who proposed does not approve), `proposer_gone`. Null: there is none.
 */
CREATE FUNCTION decide_adjustment(p_id text, p_approve boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  who constant text := acting_operator(array['finance', 'admin']);
  p adjustment_proposal;
  posted jsonb;
begin
  select * into p from adjustment_proposal where id = p_id for update;
  if not found then
    return null;
  end if;
  if p.status <> 'pending' then
    return jsonb_build_object('outcome', 'decided', 'adjustment_id', p.adjustment_id);
  end if;
  if not p_approve then
    update adjustment_proposal set status = 'rejected', decided_by = who, decided_at = now() where id = p_id;
    return jsonb_build_object('outcome', 'rejected', 'adjustment_id', null);
  end if;
  if p.expires_at <= now() then
    return jsonb_build_object('outcome', 'expired', 'adjustment_id', null);
  end if;
  if p.proposed_by = who then
    return jsonb_build_object('outcome', 'own', 'adjustment_id', null);
  end if;
  if not exists (select from operator o join account_user u on u.id = o.user_id
    where o.user_id = p.proposed_by and o.role in ('finance', 'admin') and o.revoked_at is null and u.status = 'active') then
    return jsonb_build_object('outcome', 'proposer_gone', 'adjustment_id', null);
  end if;
  -- Of two approvals for one difference the second sees what the first has closed.
  perform lock_wallet(p.org_id);
  if exists (select from ledger_adjustment a where a.difference_id = p.difference_id) then
    return jsonb_build_object('outcome', 'closed', 'adjustment_id', null);
  end if;
  posted := post_adjustment(p.org_id, p.difference_id, p.amount_nano, p.reason, 'proposal:' || p.id, p.proposed_by, who);
  update adjustment_proposal set status = 'approved', decided_by = who, decided_at = now(),
    adjustment_id = posted ->> 'adjustment_id' where id = p_id;
  return jsonb_build_object('outcome', 'approved', 'adjustment_id', posted ->> 'adjustment_id');
end $$;
--> statement-breakpoint
/* Suspends an organization or lets it go on. Answers whether there is one. A trigger tells its Account object. */
CREATE FUNCTION set_organization_status(p_org_id text, p_status text, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
begin
  perform acting_operator(array['support', 'admin']);
  update organization set status = p_status, status_reason = p_reason where id = p_org_id;
  return found;
end $$;
--> statement-breakpoint
/* Sets prices over the catalogue's, all of them at once, over the version that was looked at. Null: it is not the newest. */
CREATE FUNCTION set_price_overrides(p_base bigint, p_entries jsonb, p_reason text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare new_version bigint;
begin
  perform acting_operator(array['finance', 'admin']);
  perform pg_advisory_xact_lock(hashtextextended('price_override', 0));
  if coalesce((select max(version) from price_override), 0) is distinct from p_base then
    return null;
  end if;
  insert into price_override (entries, reason) values (p_entries, p_reason) returning version into new_version;
  return new_version;
end $$;
--> statement-breakpoint
/* Keeps calls from these providers and endpoints, and from no others, over the version that was looked at. */
CREATE FUNCTION set_provider_stops(p_base bigint, p_targets text[], p_reason text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare new_version bigint;
begin
  perform acting_operator(array['support', 'admin']);
  perform pg_advisory_xact_lock(hashtextextended('provider_stop', 0));
  if coalesce((select max(version) from provider_stop), 0) is distinct from p_base then
    return null;
  end if;
  insert into provider_stop (targets, reason) values (p_targets, p_reason) returning version into new_version;
  return new_version;
end $$;
--> statement-breakpoint
/* What operators set over the catalogue, in one question: `{ prices, stops }`, each null where it is not newer. */
CREATE FUNCTION current_overrides(p_prices_since bigint, p_stops_since bigint) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  select jsonb_build_object('prices', current_price_overrides(p_prices_since), 'stops', (
    select jsonb_build_object('version', version, 'targets', to_jsonb(targets)) from provider_stop
    where version > p_stops_since order by version desc limit 1))
$$;
--> statement-breakpoint
CREATE OR REPLACE TRIGGER organization_audit AFTER INSERT OR UPDATE ON organization FOR EACH ROW EXECUTE FUNCTION
  audit_row('organization', 'id', 'id',
    'region status status_reason data_collection zdr regions providers_only providers_ignore models strict time_zone require_factor',
    'version updated_at');
--> statement-breakpoint
CREATE OR REPLACE TRIGGER price_override_audit AFTER INSERT ON price_override FOR EACH ROW EXECUTE FUNCTION
  audit_row('price_override', '', 'version', 'version reason', '');
--> statement-breakpoint
CREATE TRIGGER provider_stop_audit AFTER INSERT ON provider_stop FOR EACH ROW EXECUTE FUNCTION
  audit_row('provider_stop', '', 'version', 'targets reason', '');
--> statement-breakpoint
-- An organization is told what was adjusted, by its journal; who proposed and who approved is ours.
CREATE TRIGGER adjustment_proposal_audit AFTER INSERT OR UPDATE ON adjustment_proposal FOR EACH ROW EXECUTE FUNCTION
  audit_row('adjustment_proposal', '', 'id', 'org_id difference_id amount_nano reason status adjustment_id', '');
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION post_adjustment(text, text, bigint, text, text, text, text) FROM console_app;
--> statement-breakpoint
REVOKE UPDATE (status) ON organization FROM console_app;
--> statement-breakpoint
REVOKE INSERT ON price_override FROM console_app;
--> statement-breakpoint
GRANT SELECT, INSERT (id, org_id, difference_id, amount_nano, reason) ON adjustment_proposal TO console_app;
--> statement-breakpoint
GRANT SELECT ON provider_stop TO console_app;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION decide_adjustment(text, boolean), set_organization_status(text, text, text),
  set_price_overrides(bigint, jsonb, text), set_provider_stops(bigint, text[], text) TO console_app;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION current_overrides(bigint, bigint) TO gateway_app;
--> statement-breakpoint
/*
 * Deletes one batch of what has ended long enough ago, and answers how many rows. The rules are the data map's: sessions, links
 * and invitations seven days after their end; steps of authenticators after a day, when their codes are nobody's any more, as kept
 * answers are; what customers were told after thirty days. A caller's clock that is ahead of the database's ends nothing early.
 */
CREATE FUNCTION purge_ended(p_rule text, p_now timestamptz, p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  ended_before constant timestamptz := least(p_now, now()) - interval '7 days';
  told_before constant timestamptz := least(p_now, now()) - interval '30 days';
  used_before constant timestamptz := least(p_now, now()) - interval '1 day';
  purged integer;
begin
  if p_limit is null or p_limit not between 1 and 10000 then
    raise exception 'a batch has a bound' using errcode = 'PR009';
  end if;
  case p_rule
    when 'user_session' then
      delete from user_session where id in (select id from user_session
        where expires_at < ended_before order by expires_at limit p_limit for update skip locked);
    when 'user_verification' then
      delete from user_verification where id in (select id from user_verification
        where expires_at < ended_before order by expires_at limit p_limit for update skip locked);
    when 'device_login' then
      delete from device_login where id in (select id from device_login
        where expires_at < ended_before order by expires_at limit p_limit for update skip locked);
    when 'invitation' then
      delete from invitation where id in (select id from invitation
        where expires_at < ended_before order by expires_at limit p_limit for update skip locked);
    when 'email_change' then
      delete from email_change where id in (select id from email_change
        where expires_at < ended_before and coalesce(reversible_until < ended_before, true)
        order by expires_at limit p_limit for update skip locked);
    when 'user_factor_use' then
      delete from user_factor_use where (factor_id, step) in (select factor_id, step from user_factor_use
        where used_at < used_before limit p_limit for update skip locked);
    when 'idempotent_request' then
      delete from idempotent_request where id in (select id from idempotent_request
        where created_at < used_before order by created_at limit p_limit for update skip locked);
    when 'webhook_event' then
      delete from webhook_event where id in (select id from webhook_event
        where created_at < told_before order by created_at limit p_limit for update skip locked);
    else
      raise exception 'no such rule' using errcode = 'PR009';
  end case;
  get diagnostics purged = row_count;
  return purged;
end $$;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION purge_ended(text, timestamptz, integer) TO console_app;
