CREATE TABLE "email_change" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"old_email" text NOT NULL,
	"new_email" text NOT NULL,
	"confirm_hash" text NOT NULL,
	"stop_hash" text NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"reversible_until" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"answered_at" timestamp with time zone,
	CONSTRAINT "email_change_confirm_hash_unique" UNIQUE("confirm_hash"),
	CONSTRAINT "email_change_stop_hash_unique" UNIQUE("stop_hash"),
	CONSTRAINT "email_change_id_form" CHECK (id ~ '^emc_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "email_change_old_email_form" CHECK (old_email = lower(old_email) and char_length(old_email) between 3 and 254),
	CONSTRAINT "email_change_new_email_form" CHECK (new_email = lower(new_email) and char_length(new_email) between 3 and 254),
	CONSTRAINT "email_change_differs" CHECK (old_email <> new_email),
	CONSTRAINT "email_change_confirm_hash_form" CHECK (confirm_hash ~ '^[0-9A-Za-z_-]{43}$'),
	CONSTRAINT "email_change_stop_hash_form" CHECK (stop_hash ~ '^[0-9A-Za-z_-]{43}$'),
	CONSTRAINT "email_change_status_known" CHECK (status in ('pending', 'confirmed', 'stopped', 'reversed', 'replaced')),
	CONSTRAINT "email_change_reversible_once_made" CHECK ((status in ('confirmed', 'reversed')) = (reversible_until is not null))
);
--> statement-breakpoint
ALTER TABLE "organization" ADD COLUMN "closes_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "email_change" ADD CONSTRAINT "email_change_user_id_account_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."account_user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "email_change_pending_once" ON "email_change" USING btree ("user_id") WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX "email_change_user" ON "email_change" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "email_change_expires" ON "email_change" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "security_event_told_once" ON "security_event" USING btree ("user_id",((occurred_at at time zone 'UTC')::date)) WHERE kind = 'guesses_stopped';--> statement-breakpoint
CREATE INDEX "user_factor_use_used" ON "user_factor_use" USING btree ("used_at");
--> statement-breakpoint
-- Who is in an organization that closes with its owner's account would have nobody above them: none joins it. The lock waits
-- for a closing under way.
CREATE FUNCTION member_of_open() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
declare closing timestamptz;
begin
  select o.closes_at into closing from organization o where o.id = new.org_id for share;
  if closing is not null then
    raise exception 'an organization that closes gets no member' using errcode = 'PR010';
  end if;
  return new;
end $$;
--> statement-breakpoint
CREATE TRIGGER member_of_open BEFORE INSERT ON member FOR EACH ROW EXECUTE FUNCTION member_of_open();
--> statement-breakpoint
/*
 * Sets an account to be closed: it has no session and no membership from this moment (user_stopped), and the organizations that it
 * owns alone have no key. Answers the organizations that it owns with others: then nothing was changed, and they have to
 * be handed over first.
 */
CREATE FUNCTION close_account(p_user_id text, p_closes_at timestamptz) RETURNS text[] LANGUAGE plpgsql AS $$
declare
  owned text[];
  shared text[];
begin
  perform from account_user where id = p_user_id and status = 'active' for update;
  if not found then
    raise exception 'only an account in use can be closed' using errcode = 'PR010';
  end if;
  owned := array(select m.org_id from member m where m.user_id = p_user_id and m.role = 'owner' and m.left_at is null);
  -- In the order in which somebody who accepts an invitation locks them: they wait, and are refused.
  perform from invitation where org_id = any (owned) and status = 'pending' order by id for update;
  perform from organization where id = any (owned) order by id for update;
  shared := array(select distinct m.org_id from member m
    where m.org_id = any (owned) and m.left_at is null and m.user_id is distinct from p_user_id order by m.org_id);
  if cardinality(shared) > 0 then
    return shared;
  end if;
  update api_key set status = 'revoked' where org_id = any (owned) and status <> 'revoked';
  update invitation set status = 'revoked', answered_at = now() where org_id = any (owned) and status = 'pending';
  update organization set closes_at = p_closes_at where id = any (owned);
  update account_user set status = 'closing', closes_at = p_closes_at, updated_at = now() where id = p_user_id;
  return '{}';
end $$;
--> statement-breakpoint
/*
 * Takes a closing back before it is final, with the organizations that closed with it; keys stay revoked, and other
 * memberships are for their organizations to give again. False where there is nothing to take back.
 */
CREATE FUNCTION reopen_account(p_user_id text, p_now timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
declare org text;
begin
  update account_user set status = 'active', closes_at = null, updated_at = now()
    where id = p_user_id and status = 'closing' and closes_at > p_now;
  if not found then
    return false;
  end if;
  -- An owner leaves an organization in no other way than by closing their account.
  for org in
    update organization o set closes_at = null where o.closes_at is not null
      and exists (select from member m where m.org_id = o.id and m.user_id = p_user_id and m.role = 'owner')
      and not exists (select from member m where m.org_id = o.id and m.left_at is null)
    returning o.id
  loop
    insert into member (id, org_id, user_id, role) values (typeid_new('mem'), org, p_user_id, 'owner');
  end loop;
  return true;
end $$;
--> statement-breakpoint
CREATE TRIGGER email_change_audit AFTER INSERT OR UPDATE ON email_change FOR EACH ROW EXECUTE FUNCTION
  audit_row('email_change', '', 'user_id', 'status', 'answered_at');
--> statement-breakpoint
GRANT UPDATE (closes_at) ON organization TO console_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE (status, reversible_until, answered_at) ON email_change TO console_app;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION close_account(text, timestamptz), reopen_account(text, timestamptz) TO console_app;
--> statement-breakpoint
REVOKE SELECT ON email_change FROM readonly_app;
--> statement-breakpoint
GRANT SELECT (id, user_id, status, expires_at, reversible_until, created_at, answered_at) ON email_change TO readonly_app;
