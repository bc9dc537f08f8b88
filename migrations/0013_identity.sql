CREATE TABLE "account_user" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"email_verified" boolean DEFAULT false NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"closes_at" timestamp with time zone,
	"attested_adult_at" timestamp with time zone NOT NULL,
	"policy_version" text NOT NULL,
	"policy_accepted_at" timestamp with time zone NOT NULL,
	"locale" text DEFAULT 'en' NOT NULL,
	"theme" text DEFAULT 'system' NOT NULL,
	"currency" text DEFAULT 'USD' NOT NULL,
	"time_zone" text DEFAULT 'UTC' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "account_user_email_unique" UNIQUE("email"),
	CONSTRAINT "account_user_id_form" CHECK (id ~ '^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "account_user_name_length" CHECK (char_length(name) between 1 and 200),
	CONSTRAINT "account_user_email_form" CHECK (email = lower(email) and char_length(email) between 3 and 254),
	CONSTRAINT "account_user_status_known" CHECK (status in ('active', 'suspended', 'closing')),
	CONSTRAINT "account_user_closing_has_end" CHECK ((status = 'closing') = (closes_at is not null)),
	CONSTRAINT "account_user_policy_version_length" CHECK (char_length(policy_version) between 1 and 32),
	CONSTRAINT "account_user_locale_form" CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
	CONSTRAINT "account_user_theme_known" CHECK (theme in ('system', 'light', 'dark')),
	CONSTRAINT "account_user_currency_form" CHECK (currency ~ '^[A-Z]{3}$'),
	CONSTRAINT "account_user_time_zone_form" CHECK (time_zone ~ '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$')
);
--> statement-breakpoint
CREATE TABLE "audit_entry" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"id" text NOT NULL,
	"org_id" text,
	"occurred_at" timestamp with time zone DEFAULT now() NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" text,
	"action" text NOT NULL,
	"target_id" text,
	"details" jsonb DEFAULT '{}' NOT NULL,
	"request_id" text,
	CONSTRAINT "audit_entry_id_unique" UNIQUE("id"),
	CONSTRAINT "audit_entry_id_form" CHECK (id ~ '^aud_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "audit_entry_actor_known" CHECK (actor_kind in ('user', 'operator', 'management_key', 'system')),
	CONSTRAINT "audit_entry_actor_named" CHECK ((actor_kind = 'system') or (actor_id is not null)),
	CONSTRAINT "audit_entry_action_form" CHECK (action ~ '^[a-z]+(_[a-z]+)*([.][a-z]+(_[a-z]+)*)+$' and char_length(action) <= 64),
	CONSTRAINT "audit_entry_details_object" CHECK (jsonb_typeof(details) = 'object' and length(details::text) <= 4096)
);
--> statement-breakpoint
CREATE TABLE "audit_origin" (
	"entry_id" text PRIMARY KEY NOT NULL,
	"ip_address" text,
	"user_agent" text
);
--> statement-breakpoint
CREATE TABLE "audit_seal" (
	"chain" text NOT NULL,
	"position" bigint NOT NULL,
	"entry_id" text NOT NULL,
	"mac" text NOT NULL,
	"key_version" integer NOT NULL,
	"sealed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "audit_seal_chain_position_pk" PRIMARY KEY("chain","position"),
	CONSTRAINT "audit_seal_once" UNIQUE("entry_id"),
	CONSTRAINT "audit_seal_mac_form" CHECK (mac ~ '^[0-9A-Za-z_-]{43}$'),
	CONSTRAINT "audit_seal_position_positive" CHECK (position > 0)
);
--> statement-breakpoint
CREATE TABLE "invitation" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"email" text NOT NULL,
	"role" text NOT NULL,
	"token_hash" text NOT NULL,
	"invited_by" text NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"answered_at" timestamp with time zone,
	CONSTRAINT "invitation_token_hash_unique" UNIQUE("token_hash"),
	CONSTRAINT "invitation_id_form" CHECK (id ~ '^inv_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "invitation_email_form" CHECK (email = lower(email) and char_length(email) between 3 and 254),
	CONSTRAINT "invitation_role_known" CHECK (role in ('owner', 'admin', 'developer', 'billing', 'viewer')),
	CONSTRAINT "invitation_never_owner" CHECK (role <> 'owner'),
	CONSTRAINT "invitation_token_hash_form" CHECK (token_hash ~ '^[0-9A-Za-z_-]{43}$'),
	CONSTRAINT "invitation_status_known" CHECK (status in ('pending', 'accepted', 'declined', 'revoked'))
);
--> statement-breakpoint
CREATE TABLE "mail_message" (
	"id" text PRIMARY KEY NOT NULL,
	"to_address" text NOT NULL,
	"template" text NOT NULL,
	"locale" text NOT NULL,
	"sealed_params" text,
	"status" text DEFAULT 'queued' NOT NULL,
	"tries" smallint DEFAULT 0 NOT NULL,
	"next_try_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"last_error_code" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp with time zone,
	CONSTRAINT "mail_message_id_form" CHECK (id ~ '^mai_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "mail_message_address_length" CHECK (char_length(to_address) between 3 and 254),
	CONSTRAINT "mail_message_template_form" CHECK (template ~ '^[a-z]+(_[a-z]+)*$' and char_length(template) <= 64),
	CONSTRAINT "mail_message_locale_form" CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
	CONSTRAINT "mail_message_sealed_length" CHECK (char_length(sealed_params) <= 16384),
	CONSTRAINT "mail_message_status_known" CHECK (status in ('queued', 'sent', 'failed', 'suppressed')),
	CONSTRAINT "mail_message_sealed_while_queued" CHECK ((status = 'queued') = (sealed_params is not null)),
	CONSTRAINT "mail_message_tries_few" CHECK (tries between 0 and 20)
);
--> statement-breakpoint
CREATE TABLE "mail_suppression" (
	"address" text PRIMARY KEY NOT NULL,
	"reason" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mail_suppression_address_form" CHECK (address = lower(address) and char_length(address) between 3 and 254),
	CONSTRAINT "mail_suppression_reason_known" CHECK (reason in ('bounced', 'complained', 'manual'))
);
--> statement-breakpoint
CREATE TABLE "member" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"user_id" text,
	"role" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"left_at" timestamp with time zone,
	CONSTRAINT "member_id_form" CHECK (id ~ '^mem_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "member_role_known" CHECK (role in ('owner', 'admin', 'developer', 'billing', 'viewer'))
);
--> statement-breakpoint
CREATE TABLE "operator" (
	"user_id" text PRIMARY KEY NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"granted_by" text,
	"revoked_at" timestamp with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "operator_role_known" CHECK (role in ('support', 'finance', 'admin'))
);
--> statement-breakpoint
CREATE TABLE "security_event" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text,
	"kind" text NOT NULL,
	"occurred_at" timestamp with time zone DEFAULT now() NOT NULL,
	"session_id" text,
	"ip_address" text,
	"user_agent" text,
	"country" text,
	CONSTRAINT "security_event_id_form" CHECK (id ~ '^sec_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "security_event_kind_form" CHECK (kind ~ '^[a-z]+(_[a-z]+)*$' and char_length(kind) <= 64),
	CONSTRAINT "security_event_country_form" CHECK (country ~ '^[A-Z0-9]{2}$'),
	CONSTRAINT "security_event_user_agent_length" CHECK (char_length(user_agent) <= 512)
);
--> statement-breakpoint
CREATE TABLE "user_factor" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"sealed_secret" text NOT NULL,
	"confirmed_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_factor_user_id_unique" UNIQUE("user_id"),
	CONSTRAINT "user_factor_id_form" CHECK (id ~ '^fac_[0-7][0-9a-hjkmnp-tv-z]{25}$')
);
--> statement-breakpoint
CREATE TABLE "user_factor_use" (
	"factor_id" text NOT NULL,
	"step" bigint NOT NULL,
	"used_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_factor_use_factor_id_step_pk" PRIMARY KEY("factor_id","step")
);
--> statement-breakpoint
CREATE TABLE "user_login" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"account_id" text NOT NULL,
	"password" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_login_account" UNIQUE("provider_id","account_id"),
	CONSTRAINT "user_login_id_form" CHECK (id ~ '^lgn_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "user_login_provider_form" CHECK (provider_id ~ '^[a-z0-9-]{1,32}$'),
	CONSTRAINT "user_login_password_form" CHECK (password ~ '^s1:[0-9A-Za-z]:[0-9A-Za-z_-]{22}:[0-9A-Za-z_-]{43}$'),
	CONSTRAINT "user_login_password_of_credential" CHECK ((provider_id = 'credential') = (password is not null))
);
--> statement-breakpoint
CREATE TABLE "user_passkey" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"name" text NOT NULL,
	"credential_id" text NOT NULL,
	"public_key" text NOT NULL,
	"sign_count" bigint NOT NULL,
	"transports" text[],
	"backed_up" boolean NOT NULL,
	"last_used_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_passkey_credential_id_unique" UNIQUE("credential_id"),
	CONSTRAINT "user_passkey_id_form" CHECK (id ~ '^psk_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "user_passkey_name_length" CHECK (char_length(name) between 1 and 100)
);
--> statement-breakpoint
CREATE TABLE "user_recovery_code" (
	"user_id" text NOT NULL,
	"code_hash" text NOT NULL,
	"used_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_recovery_code_user_id_code_hash_pk" PRIMARY KEY("user_id","code_hash"),
	CONSTRAINT "user_recovery_code_form" CHECK (code_hash ~ '^[0-9A-Za-z_-]{43}$')
);
--> statement-breakpoint
CREATE TABLE "user_session" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"token" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"proved_at" timestamp with time zone NOT NULL,
	"factor_at" timestamp with time zone,
	"ip_address" text,
	"user_agent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_session_token_unique" UNIQUE("token"),
	CONSTRAINT "user_session_id_form" CHECK (id ~ '^ses_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "user_session_token_form" CHECK (token ~ '^[0-9A-Za-z_-]{43}$'),
	CONSTRAINT "user_session_user_agent_length" CHECK (char_length(user_agent) <= 512)
);
--> statement-breakpoint
CREATE TABLE "user_verification" (
	"id" text PRIMARY KEY NOT NULL,
	"identifier" text NOT NULL,
	"value" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_verification_id_form" CHECK (id ~ '^ver_[0-7][0-9a-hjkmnp-tv-z]{25}$')
);
--> statement-breakpoint
ALTER TABLE "organization" ADD COLUMN "require_factor" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "audit_origin" ADD CONSTRAINT "audit_origin_entry_id_audit_entry_id_fk" FOREIGN KEY ("entry_id") REFERENCES "public"."audit_entry"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_seal" ADD CONSTRAINT "audit_seal_entry_id_audit_entry_id_fk" FOREIGN KEY ("entry_id") REFERENCES "public"."audit_entry"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_invited_by_member_id_fk" FOREIGN KEY ("invited_by") REFERENCES "public"."member"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "member" ADD CONSTRAINT "member_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "member" ADD CONSTRAINT "member_user_id_account_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."account_user"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "operator" ADD CONSTRAINT "operator_user_id_account_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."account_user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "security_event" ADD CONSTRAINT "security_event_user_id_account_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."account_user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_factor" ADD CONSTRAINT "user_factor_user_id_account_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."account_user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_factor_use" ADD CONSTRAINT "user_factor_use_factor_id_user_factor_id_fk" FOREIGN KEY ("factor_id") REFERENCES "public"."user_factor"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_login" ADD CONSTRAINT "user_login_user_id_account_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."account_user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_passkey" ADD CONSTRAINT "user_passkey_user_id_account_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."account_user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_recovery_code" ADD CONSTRAINT "user_recovery_code_user_id_account_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."account_user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_session" ADD CONSTRAINT "user_session_user_id_account_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."account_user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_entry_org" ON "audit_entry" USING btree ("org_id","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "invitation_pending_once" ON "invitation" USING btree ("org_id","email") WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX "invitation_email" ON "invitation" USING btree ("email");--> statement-breakpoint
CREATE INDEX "mail_message_due" ON "mail_message" USING btree ("next_try_at") WHERE status = 'queued';--> statement-breakpoint
CREATE INDEX "mail_message_address" ON "mail_message" USING btree ("to_address","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "member_once" ON "member" USING btree ("org_id","user_id") WHERE left_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "member_one_owner" ON "member" USING btree ("org_id") WHERE role = 'owner' and left_at is null;--> statement-breakpoint
CREATE INDEX "member_user" ON "member" USING btree ("user_id") WHERE left_at is null;--> statement-breakpoint
CREATE INDEX "security_event_user" ON "security_event" USING btree ("user_id","occurred_at");--> statement-breakpoint
CREATE INDEX "user_login_user" ON "user_login" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "user_passkey_user" ON "user_passkey" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "user_session_user" ON "user_session" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "user_session_expires" ON "user_session" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "user_verification_identifier" ON "user_verification" USING btree ("identifier");--> statement-breakpoint
CREATE INDEX "user_verification_expires" ON "user_verification" USING btree ("expires_at");