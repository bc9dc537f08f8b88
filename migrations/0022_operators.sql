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
CREATE INDEX "audit_entry_operator" ON "audit_entry" USING btree ("id") WHERE actor_kind = 'operator';--> statement-breakpoint
ALTER TABLE "organization" ADD CONSTRAINT "organization_status_reason_length" CHECK (char_length(status_reason) between 1 and 500);--> statement-breakpoint
ALTER TABLE "price_override" ADD CONSTRAINT "price_override_reason_length" CHECK (char_length(reason) between 1 and 500);--> statement-breakpoint
-- What operators do. Each function asks by itself who acts, of the setting that the audit log reads too (0014): the
-- console cannot name anybody else, and what an operator may not is refused here once more.

/* The operator who acts in this transaction, of one of these roles. Nobody, or one who was revoked: PR012. */
CREATE FUNCTION acting_operator(p_roles text[]) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  who constant text := substring(coalesce(audit_setting('actor'), '') from '^operator:(usr_[0-9a-z]{26})$');
begin
  if not exists (select from operator where user_id = who and role = any (p_roles) and revoked_at is null) then
    raise exception 'no operator of that role acts' using errcode = 'PR012';
  end if;
  return who;
end $$;
--> statement-breakpoint
CREATE FUNCTION adjustment_proposal_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  max_amount_nano constant bigint := 1000000000000000; -- as post_adjustment
  max_age constant interval := '7 days';
begin
  new.proposed_by := acting_operator(array['finance', 'admin']);
  if abs(new.amount_nano) > max_amount_nano then
    raise exception 'an adjustment is at most % nano-USD either way', max_amount_nano using errcode = 'PR002';
  end if;
  if not exists (select from reconcile_difference d where d.id = new.difference_id and d.org_id = new.org_id
    and not exists (select from ledger_adjustment a where a.difference_id = d.id)) then
    raise exception 'no open difference of this organization has that id' using errcode = 'PR010';
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
  if not exists (select from operator where user_id = p.proposed_by and role in ('finance', 'admin') and revoked_at is null) then
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
  if coalesce((select max(version) from price_override), 0) <> p_base then
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
  if coalesce((select max(version) from provider_stop), 0) <> p_base then
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
