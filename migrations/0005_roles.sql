-- Three roles with least privilege; the tables belong to whoever migrates, and no Worker is that role. They are made
-- without LOGIN: the deployer (or the dev stack) runs ALTER ROLE … LOGIN PASSWORD …. Roles belong to the cluster, so
-- another database may have made them already.
DO $$
declare name text;
begin
  foreach name in array array['gateway_app', 'console_app', 'readonly_app'] loop
    begin
      execute format('create role %I nologin', name);
      execute format('alter role %I set statement_timeout = %L', name, '15s');
    exception when duplicate_object or unique_violation then
      null;
    end;
  end loop;
end $$;
--> statement-breakpoint
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
--> statement-breakpoint
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;
--> statement-breakpoint
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
--> statement-breakpoint
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO gateway_app, console_app, readonly_app;
--> statement-breakpoint
-- The data plane: three functions, no table.
GRANT EXECUTE ON FUNCTION post_usage(jsonb), generation_by_id(text, text), current_price_overrides(bigint) TO gateway_app;
--> statement-breakpoint
-- The control plane: reads, keeps organizations and keys (never what they are), works off the outbox, posts by function.
GRANT SELECT ON organization, api_key, control_outbox, price_override, ledger_account, ledger_balance,
  ledger_transaction, ledger_entry, wallet_credit, usage_receipt, receipt_correction TO console_app;
--> statement-breakpoint
GRANT INSERT ON organization, api_key, price_override TO console_app;
--> statement-breakpoint
GRANT UPDATE (name, status) ON organization TO console_app;
--> statement-breakpoint
GRANT UPDATE (name, status, scopes, models, ip_allow, expires_at, requests_per_minute, tokens_per_minute, concurrency,
  budget_limit_nano, budget_period) ON api_key TO console_app;
--> statement-breakpoint
GRANT UPDATE (applied_at, tries, next_try_at, last_error_code) ON control_outbox TO console_app;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION post_credit(text, bigint, text, text), ensure_partitions() TO console_app;
--> statement-breakpoint
-- Reads every table, those to come included, and writes none.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO readonly_app;
--> statement-breakpoint
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO readonly_app;
--> statement-breakpoint
GRANT USAGE ON SCHEMA drizzle TO readonly_app;
--> statement-breakpoint
GRANT SELECT ON ALL TABLES IN SCHEMA drizzle TO readonly_app;
