CREATE TABLE "budget" (
	"org_id" text NOT NULL,
	"scope" text NOT NULL,
	"period" text NOT NULL,
	"limit_nano" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "budget_org_id_scope_period_pk" PRIMARY KEY("org_id","scope","period"),
	CONSTRAINT "budget_scope_form" CHECK (scope ~ '^(organization|member mem_[0-7][0-9a-hjkmnp-tv-z]{25}|tag [a-z0-9][a-z0-9_.:-]{0,63})$'),
	CONSTRAINT "budget_period_known" CHECK (period in ('day', 'week', 'month', 'total')),
	CONSTRAINT "budget_limit_not_negative" CHECK (limit_nano >= 0)
);
--> statement-breakpoint
CREATE TABLE "budget_alert" (
	"id" text PRIMARY KEY NOT NULL,
	"occurred_at" timestamp with time zone NOT NULL,
	"org_id" text NOT NULL,
	"scope" text NOT NULL,
	"period" text NOT NULL,
	"period_name" text NOT NULL,
	"percent" smallint NOT NULL,
	"limit_nano" bigint NOT NULL,
	"spent_nano" bigint NOT NULL,
	"recorded_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "budget_alert_once" UNIQUE("org_id","scope","period","period_name","percent","limit_nano"),
	CONSTRAINT "budget_alert_id_form" CHECK (id ~ '^alt_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "budget_alert_time_is_in_id" CHECK (extract(epoch from occurred_at) * 1000 = typeid_time_ms(id)),
	CONSTRAINT "budget_alert_scope_form" CHECK (scope ~ '^(organization|(member|tag|key) [^ ]{1,100})$'),
	CONSTRAINT "budget_alert_period_known" CHECK (period in ('day', 'week', 'month', 'total')),
	CONSTRAINT "budget_alert_period_name_length" CHECK (char_length(period_name) between 1 and 32),
	CONSTRAINT "budget_alert_percent_known" CHECK (percent in (50, 80, 100)),
	CONSTRAINT "budget_alert_limit_positive" CHECK (limit_nano > 0)
);
--> statement-breakpoint
CREATE TABLE "budget_version" (
	"org_id" text NOT NULL,
	"scope" text NOT NULL,
	"version" integer NOT NULL,
	CONSTRAINT "budget_version_org_id_scope_pk" PRIMARY KEY("org_id","scope")
);
--> statement-breakpoint
CREATE TABLE "credit_expiry" (
	"id" text PRIMARY KEY NOT NULL,
	"occurred_at" timestamp with time zone NOT NULL,
	"org_id" text NOT NULL,
	"amount_nano" bigint NOT NULL,
	"expired_at" timestamp with time zone NOT NULL,
	"transaction_id" text NOT NULL,
	"recorded_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "credit_expiry_id_form" CHECK (id ~ '^exp_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "credit_expiry_time_is_in_id" CHECK (extract(epoch from occurred_at) * 1000 = typeid_time_ms(id)),
	CONSTRAINT "credit_expiry_positive" CHECK (amount_nano > 0)
);
--> statement-breakpoint
CREATE TABLE "ledger_adjustment" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"difference_id" text NOT NULL,
	"amount_nano" bigint NOT NULL,
	"object_nano" bigint NOT NULL,
	"reason" text NOT NULL,
	"proposed_by" text NOT NULL,
	"approved_by" text NOT NULL,
	"transaction_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ledger_adjustment_difference_id_unique" UNIQUE("difference_id"),
	CONSTRAINT "ledger_adjustment_id_form" CHECK (id ~ '^adj_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "ledger_adjustment_reason_length" CHECK (char_length(reason) between 1 and 500),
	CONSTRAINT "ledger_adjustment_two_operators" CHECK (proposed_by <> approved_by)
);
--> statement-breakpoint
CREATE TABLE "reconcile_difference" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"kind" text NOT NULL,
	"amount_nano" bigint NOT NULL,
	"balance_nano" bigint NOT NULL,
	"receipt_id" text,
	"transaction_id" text,
	"found_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "reconcile_difference_id_form" CHECK (id ~ '^dif_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
	CONSTRAINT "reconcile_difference_kind_known" CHECK (kind in ('balance', 'memory', 'credit', 'posting', 'unbalanced', 'cache', 'receipt', 'missing')),
	CONSTRAINT "reconcile_difference_not_zero" CHECK (amount_nano <> 0 or kind = 'missing'),
	CONSTRAINT "reconcile_difference_receipt_named" CHECK ((kind in ('receipt', 'missing')) = (receipt_id is not null))
);
--> statement-breakpoint
CREATE TABLE "reconcile_progress" (
	"org_id" text PRIMARY KEY NOT NULL,
	"checked_at" timestamp with time zone NOT NULL,
	"ended_cursor" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "control_outbox" DROP CONSTRAINT "control_outbox_type_known";--> statement-breakpoint
ALTER TABLE "ledger_transaction" DROP CONSTRAINT "ledger_transaction_kind_known";--> statement-breakpoint
ALTER TABLE "wallet_credit" DROP CONSTRAINT "wallet_credit_kind_known";--> statement-breakpoint
ALTER TABLE "api_key" ADD COLUMN "strict" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "api_key" ADD COLUMN "member_id" text;--> statement-breakpoint
ALTER TABLE "api_key" ADD COLUMN "tags" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "organization" ADD COLUMN "strict" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "organization" ADD COLUMN "time_zone" text DEFAULT 'UTC' NOT NULL;--> statement-breakpoint
ALTER TABLE "wallet_credit" ADD COLUMN "priority" smallint DEFAULT 10 NOT NULL;--> statement-breakpoint
ALTER TABLE "wallet_credit" ADD COLUMN "expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "budget" ADD CONSTRAINT "budget_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "budget_version" ADD CONSTRAINT "budget_version_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger_adjustment" ADD CONSTRAINT "ledger_adjustment_difference_id_reconcile_difference_id_fk" FOREIGN KEY ("difference_id") REFERENCES "public"."reconcile_difference"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger_adjustment" ADD CONSTRAINT "ledger_adjustment_transaction_id_ledger_transaction_id_fk" FOREIGN KEY ("transaction_id") REFERENCES "public"."ledger_transaction"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconcile_progress" ADD CONSTRAINT "reconcile_progress_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "budget_alert_org" ON "budget_alert" USING btree ("org_id","occurred_at");--> statement-breakpoint
CREATE INDEX "credit_expiry_org" ON "credit_expiry" USING btree ("org_id");--> statement-breakpoint
CREATE INDEX "ledger_adjustment_org" ON "ledger_adjustment" USING btree ("org_id");--> statement-breakpoint
CREATE INDEX "reconcile_difference_org" ON "reconcile_difference" USING btree ("org_id","found_at");--> statement-breakpoint
CREATE INDEX "reconcile_progress_checked" ON "reconcile_progress" USING btree ("checked_at");--> statement-breakpoint
CREATE INDEX "control_outbox_budget" ON "control_outbox" USING btree ("org_id",(payload ->> 'scope')) WHERE type = 'budget' and applied_at is null;--> statement-breakpoint
CREATE INDEX "receipt_correction_org" ON "receipt_correction" USING btree ("org_id","occurred_at");--> statement-breakpoint
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_member_id_form" CHECK (member_id ~ '^mem_[0-7][0-9a-hjkmnp-tv-z]{25}$');--> statement-breakpoint
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_tags_few" CHECK (cardinality(tags) <= 8);--> statement-breakpoint
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_tags_form" CHECK (tags::text ~ '^\{(("null"|[a-z0-9][a-z0-9_.:-]{0,63})(,("null"|[a-z0-9][a-z0-9_.:-]{0,63}))*)?\}$');--> statement-breakpoint
ALTER TABLE "control_outbox" ADD CONSTRAINT "control_outbox_type_known" CHECK (type in ('organization', 'key', 'credit', 'provider_key', 'budget', 'adjustment'));--> statement-breakpoint
ALTER TABLE "ledger_transaction" ADD CONSTRAINT "ledger_transaction_kind_known" CHECK (kind in ('usage', 'credit', 'expiry', 'adjustment'));--> statement-breakpoint
ALTER TABLE "organization" ADD CONSTRAINT "organization_time_zone_form" CHECK (time_zone ~ '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$');--> statement-breakpoint
ALTER TABLE "wallet_credit" ADD CONSTRAINT "wallet_credit_priority_known" CHECK (priority between 0 and 1000);--> statement-breakpoint
ALTER TABLE "wallet_credit" ADD CONSTRAINT "wallet_credit_kind_known" CHECK (kind in ('promo', 'plan', 'paid'));