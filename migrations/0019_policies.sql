ALTER TABLE "organization" ADD COLUMN "models" text[];--> statement-breakpoint
ALTER TABLE "organization" ADD COLUMN "ip_allow" text[];--> statement-breakpoint
ALTER TABLE "organization" ADD CONSTRAINT "organization_allow_lists_short" CHECK (cardinality(models) <= 64 and cardinality(ip_allow) <= 64);--> statement-breakpoint
-- Which models an organization's keys may use, and from where: the Account object checks them beside each key's own.
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
      'models', to_jsonb(new.models), 'ipAllow', to_jsonb(new.ip_allow),
      'strict', new."strict", 'timeZone', new.time_zone)));
  return null;
end $$;
--> statement-breakpoint
-- The addresses are in the log by the name of what changed alone, as a key's are.
CREATE OR REPLACE TRIGGER organization_audit AFTER INSERT OR UPDATE ON organization FOR EACH ROW EXECUTE FUNCTION
  audit_row('organization', 'id', 'id',
    'region status data_collection zdr regions providers_only providers_ignore models strict time_zone require_factor',
    'version updated_at');
--> statement-breakpoint
GRANT UPDATE (models, ip_allow) ON organization TO console_app;
