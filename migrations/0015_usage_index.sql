CREATE INDEX "receipt_correction_org_receipt" ON "receipt_correction" USING btree ("org_id","receipt_occurred_at");
--> statement-breakpoint
-- The console reads one organization's receipts of some months. They stand beside each other, as flushes brought them,
-- which the planner does not know: by its defaults it would rather read whole months of everybody's. Compiling such a
-- query for every partition takes longer than running it. The console alone: posting is left as it is.
ALTER ROLE console_app SET random_page_cost = 1.1;
--> statement-breakpoint
ALTER ROLE console_app SET jit = off;
