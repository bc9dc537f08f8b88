-- Who changed what: every change of the control plane's tables writes its audit entry in its own transaction, by trigger,
-- so that no verb can forget it. The console says who acts with `set_config('prismatic.actor', '<kind>:<id>', true)` in
-- the same transaction; what says nothing was the system's own.

CREATE FUNCTION audit_setting(name text) RETURNS text LANGUAGE sql STABLE AS $$
  select nullif(current_setting('prismatic.' || name, true), '')
$$;
--> statement-breakpoint
/*
 * Arguments: the noun, the organization's column ('' where there is none), the target's column, the columns whose values
 * may be shown (settings: nothing personal, no hash), and the columns that say nothing when they change alone.
 */
CREATE FUNCTION audit_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare
  noun constant text := tg_argv[0];
  shown constant text[] := string_to_array(tg_argv[3], ' ');
  quiet constant text[] := string_to_array(tg_argv[4], ' ');
  before jsonb := case when tg_op = 'INSERT' then '{}'::jsonb else to_jsonb(old) end;
  after jsonb := case when tg_op = 'DELETE' then '{}'::jsonb else to_jsonb(new) end;
  subject jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
  actor text := coalesce(audit_setting('actor'), 'system:');
  kind text := split_part(actor, ':', 1);
  changed text[];
  verb text;
  details jsonb;
  entry text := typeid_new('aud');
begin
  changed := array(select n.key from jsonb_each(after) n
    where n.value is distinct from before -> n.key and not n.key = any (quiet) order by n.key);
  if tg_op = 'UPDATE' and cardinality(changed) = 0 then
    return null;
  end if;
  verb := case
    when tg_op = 'INSERT' then 'created'
    when tg_op = 'DELETE' then 'deleted'
    when 'left_at' = any (changed) then 'left'
    when 'revoked_at' = any (changed) then 'revoked'
    when 'confirmed_at' = any (changed) then 'confirmed'
    when 'used_at' = any (changed) then 'used'
    when 'password' = any (changed) then 'password_changed'
    when 'status' = any (changed) then after ->> 'status'
    else 'updated' end;
  details := case tg_op
    when 'UPDATE' then jsonb_build_object('changed', to_jsonb(changed), 'values', coalesce((
      select jsonb_object_agg(name, jsonb_build_array(before -> name, after -> name))
      from unnest(changed) name where name = any (shown)), '{}'))
    else jsonb_build_object('values', coalesce((
      select jsonb_object_agg(name, subject -> name) from unnest(shown) name where subject ? name), '{}')) end;
  -- Lists may be long; that they changed is what has to be known.
  if length(details::text) > 4096 then
    details := jsonb_build_object('changed', to_jsonb(changed));
  end if;
  insert into audit_entry (id, org_id, actor_kind, actor_id, action, target_id, details, request_id)
  values (entry, case when tg_argv[1] = '' then null else subject ->> tg_argv[1] end,
    kind, nullif(split_part(actor, ':', 2), ''), noun || '.' || verb, subject ->> tg_argv[2], details,
    audit_setting('request'));
  if audit_setting('ip') is not null or audit_setting('agent') is not null then
    insert into audit_origin (entry_id, ip_address, user_agent)
    values (entry, audit_setting('ip'), left(audit_setting('agent'), 512));
  end if;
  return null;
end $$;
--> statement-breakpoint
CREATE TRIGGER organization_audit AFTER INSERT OR UPDATE ON organization FOR EACH ROW EXECUTE FUNCTION
  audit_row('organization', 'id', 'id',
    'region status data_collection zdr regions providers_only providers_ignore strict time_zone require_factor',
    'version updated_at');
--> statement-breakpoint
CREATE TRIGGER api_key_audit AFTER INSERT OR UPDATE ON api_key FOR EACH ROW EXECUTE FUNCTION
  audit_row('key', 'org_id', 'id',
    'mode status scopes models expires_at requests_per_minute tokens_per_minute concurrency budget_limit_nano budget_period data_collection zdr regions providers_only providers_ignore guard_secrets guard_cards strict member_id',
    'version updated_at');
--> statement-breakpoint
CREATE TRIGGER provider_key_audit AFTER INSERT OR UPDATE ON provider_key FOR EACH ROW EXECUTE FUNCTION
  audit_row('provider_key', 'org_id', 'provider', 'provider mode', 'version updated_at key_version');
--> statement-breakpoint
CREATE TRIGGER budget_audit AFTER INSERT OR UPDATE OR DELETE ON budget FOR EACH ROW EXECUTE FUNCTION
  audit_row('budget', 'org_id', 'scope', 'scope period limit_nano', 'updated_at');
--> statement-breakpoint
CREATE TRIGGER price_override_audit AFTER INSERT ON price_override FOR EACH ROW EXECUTE FUNCTION
  audit_row('price_override', '', 'version', 'version', '');
--> statement-breakpoint
CREATE TRIGGER member_audit AFTER INSERT OR UPDATE ON member FOR EACH ROW EXECUTE FUNCTION
  audit_row('member', 'org_id', 'id', 'role', 'version updated_at');
--> statement-breakpoint
CREATE TRIGGER invitation_audit AFTER INSERT OR UPDATE ON invitation FOR EACH ROW EXECUTE FUNCTION
  audit_row('invitation', 'org_id', 'id', 'role status', 'answered_at');
--> statement-breakpoint
CREATE TRIGGER account_user_audit AFTER INSERT OR UPDATE OR DELETE ON account_user FOR EACH ROW EXECUTE FUNCTION
  audit_row('user', '', 'id', 'email_verified status policy_version locale theme currency time_zone', 'updated_at');
--> statement-breakpoint
CREATE TRIGGER user_login_audit AFTER INSERT OR UPDATE OR DELETE ON user_login FOR EACH ROW EXECUTE FUNCTION
  audit_row('login', '', 'user_id', 'provider_id', 'updated_at');
--> statement-breakpoint
CREATE TRIGGER user_factor_audit AFTER INSERT OR UPDATE OR DELETE ON user_factor FOR EACH ROW EXECUTE FUNCTION
  audit_row('factor', '', 'user_id', '', '');
--> statement-breakpoint
CREATE TRIGGER user_passkey_audit AFTER INSERT OR DELETE ON user_passkey FOR EACH ROW EXECUTE FUNCTION
  audit_row('passkey', '', 'user_id', '', '');
--> statement-breakpoint
CREATE TRIGGER user_recovery_code_audit AFTER UPDATE ON user_recovery_code FOR EACH ROW EXECUTE FUNCTION
  audit_row('recovery_code', '', 'user_id', '', '');
--> statement-breakpoint
CREATE TRIGGER operator_audit AFTER INSERT OR UPDATE ON operator FOR EACH ROW EXECUTE FUNCTION
  audit_row('operator', '', 'user_id', 'role', 'version');
--> statement-breakpoint
-- The logs are written once, as the journal is.
DO $$
declare t text;
begin
  foreach t in array array['audit_entry', 'audit_seal'] loop
    execute format('create trigger %I before update or delete or truncate on %I for each statement execute function refuse_change()', t || '_append_only', t);
    execute format('alter table %I enable always trigger %I', t, t || '_append_only');
  end loop;
end $$;
--> statement-breakpoint
-- Membership: a row says who was there. Leaving stops the member's keys (S5) and takes their invitations back.
CREATE FUNCTION member_row() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if (new.id, new.org_id) is distinct from (old.id, old.org_id)
    or (new.user_id is distinct from old.user_id and new.user_id is not null) then
    raise exception 'whose membership it is cannot change' using errcode = 'PR009';
  elsif old.left_at is not null and new.left_at is null then
    raise exception 'who left is invited anew' using errcode = 'PR009';
  end if;
  new.version := old.version + 1;
  new.updated_at := now();
  return new;
end $$;
--> statement-breakpoint
CREATE TRIGGER member_version BEFORE UPDATE ON member FOR EACH ROW EXECUTE FUNCTION member_row();
--> statement-breakpoint
CREATE FUNCTION member_left() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
begin
  update api_key set status = 'revoked' where org_id = new.org_id and member_id = new.id and status <> 'revoked';
  update invitation set status = 'revoked', answered_at = now()
    where org_id = new.org_id and invited_by = new.id and status = 'pending';
  return null;
end $$;
--> statement-breakpoint
CREATE TRIGGER member_left AFTER UPDATE OF left_at ON member
  FOR EACH ROW WHEN (old.left_at IS NULL AND new.left_at IS NOT NULL) EXECUTE FUNCTION member_left();
--> statement-breakpoint
-- A key for somebody who has left would be revoked by nothing: made in the same moment, it waits for the leaving, and is
-- refused by it. Ids of members that never were are the seed's.
CREATE FUNCTION key_of_member() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare left_at timestamptz;
begin
  select m.left_at into left_at from member m where m.id = new.member_id and m.org_id = new.org_id for share;
  if left_at is not null then
    raise exception 'who left gets no key' using errcode = 'PR010';
  end if;
  return new;
end $$;
--> statement-breakpoint
CREATE TRIGGER api_key_of_member BEFORE INSERT ON api_key
  FOR EACH ROW WHEN (new.member_id IS NOT NULL) EXECUTE FUNCTION key_of_member();
--> statement-breakpoint
-- Two statements, because the one owner's index is checked row by row: the old owner goes first.
CREATE FUNCTION transfer_ownership(p_org_id text, p_from text, p_to text) RETURNS void LANGUAGE plpgsql AS $$
begin
  update member set role = 'admin' where org_id = p_org_id and id = p_from and role = 'owner' and left_at is null;
  if not found then
    raise exception 'not the owner' using errcode = 'PR010';
  end if;
  update member set role = 'owner' where org_id = p_org_id and id = p_to and left_at is null;
  if not found then
    raise exception 'not a member' using errcode = 'PR010';
  end if;
end $$;
--> statement-breakpoint
-- A person who may not act any more has no session; one who is gone has left everywhere (S5).
CREATE FUNCTION user_stopped() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
begin
  delete from user_session where user_id = old.id;
  update member set left_at = now() where user_id = old.id and left_at is null;
  return case when tg_op = 'DELETE' then old end;
end $$;
--> statement-breakpoint
CREATE TRIGGER account_user_stopped AFTER UPDATE OF status ON account_user
  FOR EACH ROW WHEN (new.status = 'closing' AND old.status <> 'closing') EXECUTE FUNCTION user_stopped();
--> statement-breakpoint
CREATE TRIGGER account_user_gone BEFORE DELETE ON account_user FOR EACH ROW EXECUTE FUNCTION user_stopped();
--> statement-breakpoint
CREATE FUNCTION user_suspended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
begin
  delete from user_session where user_id = new.id;
  return null;
end $$;
--> statement-breakpoint
CREATE TRIGGER account_user_suspended AFTER UPDATE OF status ON account_user
  FOR EACH ROW WHEN (new.status = 'suspended' AND old.status <> 'suspended') EXECUTE FUNCTION user_suspended();
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE (name, email, email_verified, status, closes_at, policy_version, policy_accepted_at, locale,
  theme, currency, time_zone, updated_at) ON account_user TO console_app;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE, UPDATE (expires_at, proved_at, factor_at, ip_address, user_agent, updated_at)
  ON user_session TO console_app;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE, UPDATE (password, updated_at) ON user_login TO console_app;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE, UPDATE ON user_verification TO console_app;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE, UPDATE (confirmed_at) ON user_factor TO console_app;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON user_factor_use TO console_app;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE, UPDATE (used_at) ON user_recovery_code TO console_app;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE, UPDATE (name, sign_count, backed_up, last_used_at) ON user_passkey TO console_app;
--> statement-breakpoint
GRANT SELECT, INSERT ON security_event TO console_app;
--> statement-breakpoint
GRANT SELECT ON operator TO console_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE (role, left_at) ON member TO console_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE (status, answered_at) ON invitation TO console_app;
--> statement-breakpoint
GRANT UPDATE (require_factor) ON organization TO console_app;
--> statement-breakpoint
GRANT SELECT ON audit_entry, audit_origin TO console_app;
--> statement-breakpoint
GRANT SELECT, INSERT ON audit_seal TO console_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE (sealed_params, status, tries, next_try_at, last_error_code, sent_at)
  ON mail_message TO console_app;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON mail_suppression TO console_app;
--> statement-breakpoint
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO console_app;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION audit_setting(text), typeid_new(text), transfer_ownership(text, text, text) TO console_app;
--> statement-breakpoint
-- Hashes, secrets and what a mail says are not for reading: the default above had given every column.
REVOKE SELECT ON user_session, user_login, user_verification, user_factor, user_recovery_code, mail_message
  FROM readonly_app;
--> statement-breakpoint
GRANT SELECT (id, user_id, expires_at, proved_at, factor_at, created_at, updated_at) ON user_session TO readonly_app;
--> statement-breakpoint
GRANT SELECT (id, user_id, provider_id, created_at, updated_at) ON user_login TO readonly_app;
--> statement-breakpoint
GRANT SELECT (id, user_id, confirmed_at, created_at) ON user_factor TO readonly_app;
--> statement-breakpoint
GRANT SELECT (id, to_address, template, locale, status, tries, next_try_at, expires_at, last_error_code, created_at,
  sent_at) ON mail_message TO readonly_app;
--> statement-breakpoint
GRANT SELECT (id, expires_at, created_at, updated_at) ON user_verification TO readonly_app;
--> statement-breakpoint
GRANT SELECT (user_id, used_at, created_at) ON user_recovery_code TO readonly_app;
