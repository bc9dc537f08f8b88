CREATE TABLE "provider_key" (
	"org_id" text NOT NULL,
	"provider" text NOT NULL,
	"mode" text NOT NULL,
	"sealed" text,
	"key_version" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "provider_key_org_id_provider_pk" PRIMARY KEY("org_id","provider"),
	CONSTRAINT "provider_key_provider_form" CHECK (provider ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
	CONSTRAINT "provider_key_mode_known" CHECK (mode in ('first', 'only')),
	CONSTRAINT "provider_key_sealed_form" CHECK (sealed ~ '^[0-9A-Za-z+/]+=*$' and char_length(sealed) <= 4096),
	CONSTRAINT "provider_key_key_version_form" CHECK (key_version ~ '^[0-9A-Za-z_-]{1,32}$')
);
--> statement-breakpoint
ALTER TABLE "control_outbox" DROP CONSTRAINT "control_outbox_type_known";--> statement-breakpoint
ALTER TABLE "api_key" ADD COLUMN "data_collection" text;--> statement-breakpoint
ALTER TABLE "api_key" ADD COLUMN "zdr" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "api_key" ADD COLUMN "regions" text[];--> statement-breakpoint
ALTER TABLE "api_key" ADD COLUMN "providers_only" text[];--> statement-breakpoint
ALTER TABLE "api_key" ADD COLUMN "providers_ignore" text[];--> statement-breakpoint
ALTER TABLE "api_key" ADD COLUMN "guard_secrets" text DEFAULT 'off' NOT NULL;--> statement-breakpoint
ALTER TABLE "api_key" ADD COLUMN "guard_cards" text DEFAULT 'off' NOT NULL;--> statement-breakpoint
ALTER TABLE "organization" ADD COLUMN "data_collection" text;--> statement-breakpoint
ALTER TABLE "organization" ADD COLUMN "zdr" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "organization" ADD COLUMN "regions" text[];--> statement-breakpoint
ALTER TABLE "organization" ADD COLUMN "providers_only" text[];--> statement-breakpoint
ALTER TABLE "organization" ADD COLUMN "providers_ignore" text[];--> statement-breakpoint
ALTER TABLE "usage_receipt" ADD COLUMN "guardrails" jsonb;--> statement-breakpoint
ALTER TABLE "provider_key" ADD CONSTRAINT "provider_key_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "control_outbox_provider_key" ON "control_outbox" USING btree ("org_id") WHERE type = 'provider_key';--> statement-breakpoint
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_data_collection_known" CHECK (data_collection in ('deny'));--> statement-breakpoint
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_policy_lists_short" CHECK (cardinality(regions) <= 64 and cardinality(providers_only) <= 64 and cardinality(providers_ignore) <= 64);--> statement-breakpoint
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_guards_known" CHECK (guard_secrets in ('off', 'warn', 'redact', 'block') and guard_cards in ('off', 'warn', 'redact', 'block'));--> statement-breakpoint
ALTER TABLE "control_outbox" ADD CONSTRAINT "control_outbox_type_known" CHECK (type in ('organization', 'key', 'credit', 'provider_key'));--> statement-breakpoint
ALTER TABLE "organization" ADD CONSTRAINT "organization_data_collection_known" CHECK (data_collection in ('deny'));--> statement-breakpoint
ALTER TABLE "organization" ADD CONSTRAINT "organization_policy_lists_short" CHECK (cardinality(regions) <= 64 and cardinality(providers_only) <= 64 and cardinality(providers_ignore) <= 64);--> statement-breakpoint
ALTER TABLE "usage_receipt" ADD CONSTRAINT "usage_receipt_guardrails_form" CHECK (jsonb_typeof(guardrails) = 'object');