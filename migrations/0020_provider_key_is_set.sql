ALTER TABLE "provider_key" ADD COLUMN "is_set" boolean GENERATED ALWAYS AS (sealed is not null) STORED NOT NULL;--> statement-breakpoint
-- Whether there is a key may be known to whom the key may not: a removed one keeps its row.
GRANT SELECT (is_set) ON provider_key TO console_app, readonly_app;
