CREATE TABLE "idempotent_request" (
	"id" text PRIMARY KEY NOT NULL,
	"input_hash" text NOT NULL,
	"sealed_answer" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotent_request_hashes_form" CHECK (id ~ '^[0-9a-f]{64}$' and input_hash ~ '^[0-9a-f]{64}$'),
	CONSTRAINT "idempotent_request_answer_length" CHECK (char_length(sealed_answer) <= 100000)
);
--> statement-breakpoint
CREATE INDEX "idempotent_request_created" ON "idempotent_request" USING btree ("created_at");--> statement-breakpoint
GRANT SELECT, INSERT, DELETE, UPDATE (input_hash, sealed_answer, created_at) ON idempotent_request TO console_app;
--> statement-breakpoint
REVOKE SELECT ON idempotent_request FROM readonly_app;
--> statement-breakpoint
GRANT SELECT (id, created_at) ON idempotent_request TO readonly_app;
