CREATE TABLE "device_login" (
	"id" text PRIMARY KEY NOT NULL,
	"device_code_hash" text NOT NULL,
	"user_code_hash" text NOT NULL,
	"client_name" text NOT NULL,
	"permissions" text[] NOT NULL,
	"ip_address" text,
	"status" text DEFAULT 'pending' NOT NULL,
	"org_id" text,
	"member_id" text,
	"interval_seconds" smallint NOT NULL,
	"polled_at" timestamp with time zone,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"answered_at" timestamp with time zone,
	CONSTRAINT "device_login_device_code_hash_unique" UNIQUE("device_code_hash"),
	CONSTRAINT "device_login_user_code_hash_unique" UNIQUE("user_code_hash"),
	CONSTRAINT "device_login_id_form" CHECK (id ~ '^dvl_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "device_login_device_code_form" CHECK (device_code_hash ~ '^[0-9a-f]{64}$'),
	CONSTRAINT "device_login_user_code_form" CHECK (user_code_hash ~ '^[0-9a-f]{64}$'),
	CONSTRAINT "device_login_client_name_length" CHECK (char_length(client_name) between 1 and 200),
	CONSTRAINT "device_login_status_known" CHECK (status in ('pending', 'approved', 'denied', 'used')),
	CONSTRAINT "device_login_interval_short" CHECK (interval_seconds between 1 and 300),
	CONSTRAINT "device_login_let_in_by_somebody" CHECK ((status in ('approved', 'used')) = (org_id is not null and member_id is not null)),
	CONSTRAINT "device_login_permissions_form" CHECK (cardinality(permissions) between 1 and 32 and array_to_string(permissions, ' ', '') ~ '^[a-z_]+[.][a-z_]+( [a-z_]+[.][a-z_]+)*$')
);
--> statement-breakpoint
CREATE TABLE "management_key" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"last_four" text NOT NULL,
	"key_hash" text NOT NULL,
	"pepper_version" text NOT NULL,
	"permissions" text[] NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	CONSTRAINT "management_key_key_hash_unique" UNIQUE("key_hash"),
	CONSTRAINT "management_key_id_form" CHECK (id ~ '^mgm_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "management_key_name_length" CHECK (char_length(name) between 1 and 200),
	CONSTRAINT "management_key_prefix_form" CHECK (prefix ~ '^prism_mgmt_[0-9A-Za-z]{6}$'),
	CONSTRAINT "management_key_last_four_form" CHECK (last_four ~ '^[0-9A-Za-z]{4}$'),
	CONSTRAINT "management_key_hash_form" CHECK (key_hash ~ '^[0-9a-f]{64}$'),
	CONSTRAINT "management_key_pepper_form" CHECK (pepper_version ~ '^[0-9A-Za-z]$'),
	CONSTRAINT "management_key_permissions_form" CHECK (cardinality(permissions) between 1 and 32 and array_to_string(permissions, ' ', '') ~ '^[a-z_]+[.][a-z_]+( [a-z_]+[.][a-z_]+)*$')
);
--> statement-breakpoint
ALTER TABLE "device_login" ADD CONSTRAINT "device_login_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "device_login" ADD CONSTRAINT "device_login_member_id_member_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."member"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "management_key" ADD CONSTRAINT "management_key_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "management_key" ADD CONSTRAINT "management_key_created_by_member_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."member"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "device_login_expires" ON "device_login" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "management_key_org" ON "management_key" USING btree ("org_id","id");--> statement-breakpoint
CREATE INDEX "management_key_maker" ON "management_key" USING btree ("created_by") WHERE revoked_at is null;--> statement-breakpoint
-- A management key is what it was made as: only its end and its last use are written later, and its end once.
CREATE FUNCTION management_key_row() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if to_jsonb(new) - 'revoked_at' - 'last_used_at' <> to_jsonb(old) - 'revoked_at' - 'last_used_at'
    or (old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at) then
    raise exception 'a management key does not change, and a revoked one stays so' using errcode = 'PR009';
  end if;
  return new;
end $$;
--> statement-breakpoint
CREATE TRIGGER management_key_fixed BEFORE UPDATE ON management_key FOR EACH ROW EXECUTE FUNCTION management_key_row();
--> statement-breakpoint
-- An answered login is answered, and a used one is over: a code works once.
CREATE FUNCTION device_login_row() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if (old.status, new.status) not in (('pending', 'pending'), ('pending', 'approved'), ('pending', 'denied'),
      ('approved', 'approved'), ('approved', 'used'), ('denied', 'denied'), ('used', 'used'))
    or (old.status <> 'pending' and (new.org_id, new.member_id, new.permissions)
      is distinct from (old.org_id, old.member_id, old.permissions))
    or not new.permissions <@ old.permissions then
    raise exception 'a device login is answered once, and gets no more than it asked for' using errcode = 'PR009';
  end if;
  return new;
end $$;
--> statement-breakpoint
CREATE TRIGGER device_login_once BEFORE UPDATE ON device_login FOR EACH ROW EXECUTE FUNCTION device_login_row();
--> statement-breakpoint
-- The keys of somebody who has left stop with them (S5), as their API keys do.
CREATE FUNCTION member_left_management_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
begin
  update management_key set revoked_at = now()
    where org_id = new.org_id and created_by = new.id and revoked_at is null;
  return null;
end $$;
--> statement-breakpoint
CREATE TRIGGER member_left_management_keys AFTER UPDATE OF left_at ON member
  FOR EACH ROW WHEN (old.left_at IS NULL AND new.left_at IS NOT NULL)
  EXECUTE FUNCTION member_left_management_keys();
--> statement-breakpoint
CREATE TRIGGER management_key_audit AFTER INSERT OR UPDATE ON management_key FOR EACH ROW EXECUTE FUNCTION
  audit_row('management_key', 'org_id', 'id', 'permissions created_by expires_at', 'last_used_at');
--> statement-breakpoint
-- Its answers alone: anybody may ask to be let in, and shall not fill the log by it.
CREATE TRIGGER device_login_audit AFTER UPDATE ON device_login FOR EACH ROW EXECUTE FUNCTION
  audit_row('device_login', 'org_id', 'id', 'status permissions member_id', 'polled_at interval_seconds');
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE (revoked_at, last_used_at) ON management_key TO console_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE (status, org_id, member_id, permissions, polled_at, interval_seconds, answered_at)
  ON device_login TO console_app;
--> statement-breakpoint
REVOKE SELECT ON management_key, device_login FROM readonly_app;
--> statement-breakpoint
GRANT SELECT (id, org_id, name, prefix, last_four, permissions, created_by, created_at, expires_at, revoked_at,
  last_used_at) ON management_key TO readonly_app;
--> statement-breakpoint
GRANT SELECT (id, client_name, permissions, status, org_id, member_id, interval_seconds, polled_at, expires_at,
  created_at, answered_at) ON device_login TO readonly_app;
