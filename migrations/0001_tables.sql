CREATE TABLE "api_key" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"last_four" text NOT NULL,
	"key_hash" text NOT NULL,
	"pepper_version" text NOT NULL,
	"mode" text NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"scopes" text[] NOT NULL,
	"models" text[],
	"ip_allow" text[],
	"expires_at" timestamp with time zone,
	"requests_per_minute" integer,
	"tokens_per_minute" integer,
	"concurrency" integer,
	"budget_limit_nano" bigint,
	"budget_period" text,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "api_key_key_hash_unique" UNIQUE("key_hash"),
	CONSTRAINT "api_key_id_form" CHECK (id ~ '^key_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "api_key_name_length" CHECK (char_length(name) between 1 and 200),
	CONSTRAINT "api_key_last_four_length" CHECK (char_length(last_four) = 4),
	CONSTRAINT "api_key_prefix_length" CHECK (char_length(prefix) <= 24),
	CONSTRAINT "api_key_hash_form" CHECK (key_hash ~ '^[0-9a-f]{64}$'),
	CONSTRAINT "api_key_pepper_version_form" CHECK (pepper_version ~ '^[0-9A-Za-z]$'),
	CONSTRAINT "api_key_mode_known" CHECK (mode in ('live', 'test')),
	CONSTRAINT "api_key_status_known" CHECK (status in ('active', 'disabled', 'revoked')),
	CONSTRAINT "api_key_scopes_known" CHECK (cardinality(scopes) > 0 and scopes <@ array['inference', 'models:read', 'account:read']),
	CONSTRAINT "api_key_limits_positive" CHECK (requests_per_minute > 0 and tokens_per_minute > 0 and concurrency > 0),
	CONSTRAINT "api_key_budget_whole" CHECK ((budget_limit_nano is null) = (budget_period is null)),
	CONSTRAINT "api_key_budget_not_negative" CHECK (budget_limit_nano >= 0),
	CONSTRAINT "api_key_budget_period_known" CHECK (budget_period in ('day', 'week', 'month', 'total'))
);
--> statement-breakpoint
CREATE TABLE "control_outbox" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"type" text NOT NULL,
	"payload" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"applied_at" timestamp with time zone,
	"tries" smallint DEFAULT 0 NOT NULL,
	"next_try_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_error_code" text,
	CONSTRAINT "control_outbox_type_known" CHECK (type in ('organization', 'key', 'credit'))
);
--> statement-breakpoint
CREATE TABLE "ledger_account" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text,
	"name" text NOT NULL,
	"party" text DEFAULT '' NOT NULL,
	"asset" text DEFAULT 'USD' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ledger_account_identity" UNIQUE NULLS NOT DISTINCT("org_id","name","party","asset")
);
--> statement-breakpoint
CREATE TABLE "ledger_balance" (
	"account_id" text PRIMARY KEY NOT NULL,
	"balance_nano" bigint NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger_entry" (
	"transaction_id" text NOT NULL,
	"line" smallint NOT NULL,
	"account_id" text NOT NULL,
	"amount_nano" bigint NOT NULL,
	CONSTRAINT "ledger_entry_transaction_id_line_pk" PRIMARY KEY("transaction_id","line"),
	CONSTRAINT "ledger_entry_not_zero" CHECK (amount_nano <> 0)
);
--> statement-breakpoint
CREATE TABLE "ledger_transaction" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"org_id" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"input_hash" text NOT NULL,
	"result" jsonb NOT NULL,
	"posted_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ledger_transaction_idempotency_key_unique" UNIQUE("idempotency_key"),
	CONSTRAINT "ledger_transaction_kind_known" CHECK (kind in ('usage', 'credit'))
);
--> statement-breakpoint
CREATE TABLE "organization" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"locator" text NOT NULL,
	"region" text NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "organization_locator_unique" UNIQUE("locator"),
	CONSTRAINT "organization_id_form" CHECK (id ~ '^org_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "organization_name_length" CHECK (char_length(name) between 1 and 200),
	CONSTRAINT "organization_locator_form" CHECK (locator ~ '^[0-9A-Za-z]{17}$'),
	CONSTRAINT "organization_region_known" CHECK (region in ('g', 'e')),
	CONSTRAINT "organization_status_known" CHECK (status in ('active', 'suspended'))
);
--> statement-breakpoint
CREATE TABLE "price_override" (
	"version" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "price_override_version_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"entries" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "price_override_entries_list" CHECK (jsonb_typeof(entries) = 'array')
);
--> statement-breakpoint
CREATE TABLE "receipt_correction" (
	"id" text PRIMARY KEY NOT NULL,
	"occurred_at" timestamp with time zone NOT NULL,
	"receipt_id" text NOT NULL,
	"receipt_occurred_at" timestamp with time zone NOT NULL,
	"org_id" text NOT NULL,
	"cost_delta_nano" bigint NOT NULL,
	"upstream_cost_delta_nano" bigint NOT NULL,
	"end" jsonb NOT NULL,
	"transaction_id" text NOT NULL,
	"recorded_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "receipt_correction_end_form" CHECK (jsonb_typeof("end") = 'object')
);
--> statement-breakpoint
CREATE TABLE "usage_receipt" (
	"receipt_id" text NOT NULL,
	"occurred_at" timestamp with time zone NOT NULL,
	"org_id" text NOT NULL,
	"key_id" text NOT NULL,
	"mode" text NOT NULL,
	"operation" text NOT NULL,
	"streamed" boolean NOT NULL,
	"model" text NOT NULL,
	"price_version" text NOT NULL,
	"provider" text,
	"endpoint" text,
	"kind" text NOT NULL,
	"outcome" text NOT NULL,
	"status" smallint NOT NULL,
	"error_code" text,
	"units" jsonb NOT NULL,
	"held_nano" bigint NOT NULL,
	"cost_nano" bigint NOT NULL,
	"upstream_cost_nano" bigint NOT NULL,
	"attempts" jsonb NOT NULL,
	"flags" jsonb NOT NULL,
	"first_byte_ms" integer,
	"duration_ms" integer NOT NULL,
	"transaction_id" text NOT NULL,
	"recorded_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "usage_receipt_receipt_id_occurred_at_pk" PRIMARY KEY("receipt_id","occurred_at"),
	CONSTRAINT "usage_receipt_mode_known" CHECK (mode in ('live', 'test')),
	CONSTRAINT "usage_receipt_kind_known" CHECK (kind in ('measured', 'estimated', 'unobserved')),
	CONSTRAINT "usage_receipt_outcome_known" CHECK (outcome in ('completed', 'aborted', 'interrupted', 'failed', 'unobserved')),
	CONSTRAINT "usage_receipt_amounts_not_negative" CHECK (cost_nano >= 0 and upstream_cost_nano >= 0 and held_nano >= 0),
	CONSTRAINT "usage_receipt_durations_not_negative" CHECK (duration_ms >= 0 and first_byte_ms >= 0),
	CONSTRAINT "usage_receipt_json_forms" CHECK (jsonb_typeof(units) = 'object' and jsonb_typeof(attempts) = 'array' and jsonb_typeof(flags) = 'array')
) PARTITION BY RANGE ("occurred_at");
--> statement-breakpoint
CREATE TABLE "wallet_credit" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"kind" text NOT NULL,
	"amount_nano" bigint NOT NULL,
	"transaction_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "wallet_credit_positive" CHECK (amount_nano > 0),
	CONSTRAINT "wallet_credit_kind_known" CHECK (kind in ('promo'))
);
--> statement-breakpoint
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "control_outbox" ADD CONSTRAINT "control_outbox_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger_balance" ADD CONSTRAINT "ledger_balance_account_id_ledger_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."ledger_account"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_transaction_id_ledger_transaction_id_fk" FOREIGN KEY ("transaction_id") REFERENCES "public"."ledger_transaction"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_credit" ADD CONSTRAINT "wallet_credit_transaction_id_ledger_transaction_id_fk" FOREIGN KEY ("transaction_id") REFERENCES "public"."ledger_transaction"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_key_org_id" ON "api_key" USING btree ("org_id");--> statement-breakpoint
CREATE INDEX "control_outbox_pending" ON "control_outbox" USING btree ("org_id","seq") WHERE applied_at is null;--> statement-breakpoint
CREATE INDEX "ledger_entry_account" ON "ledger_entry" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "ledger_transaction_org" ON "ledger_transaction" USING btree ("org_id","posted_at");--> statement-breakpoint
CREATE INDEX "receipt_correction_receipt" ON "receipt_correction" USING btree ("receipt_id");--> statement-breakpoint
CREATE INDEX "usage_receipt_org" ON "usage_receipt" USING btree ("org_id","occurred_at");--> statement-breakpoint
CREATE INDEX "wallet_credit_org" ON "wallet_credit" USING btree ("org_id");