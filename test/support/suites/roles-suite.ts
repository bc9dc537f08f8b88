import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeFlush } from "#ledger";
import { databaseStartMs, openTestDatabase, type DatabaseRole, type TestDatabase } from "../database.ts";
import { makeOrganization, makeReceipt, testId } from "../receipts.ts";

let db: TestDatabase;

/** Runs a statement as a role: by SET ROLE in the unit suite, by the role's own login on real Postgres. */
export type RunAs = (role: DatabaseRole, sql: string, params?: readonly unknown[]) => Promise<unknown[]>;

const TABLES = [
  "organization",
  "api_key",
  "provider_key",
  "control_outbox",
  "price_override",
  "ledger_account",
  "ledger_balance",
  "ledger_transaction",
  "ledger_entry",
  "wallet_credit",
  "usage_receipt",
  "receipt_correction",
  "budget",
  "budget_version",
  "budget_alert",
  "credit_expiry",
  "reconcile_difference",
  "ledger_adjustment",
  "reconcile_progress",
  "account_user",
  "user_session",
  "user_login",
  "user_verification",
  "email_change",
  "user_factor",
  "user_factor_use",
  "user_recovery_code",
  "user_passkey",
  "security_event",
  "operator",
  "member",
  "invitation",
  "audit_entry",
  "audit_origin",
  "audit_seal",
  "mail_message",
  "mail_suppression",
  "webhook_endpoint",
  "webhook_event",
  "webhook_delivery",
  "idempotent_request",
  "adjustment_proposal",
  "provider_stop",
];
/** Tables with columns that not even `readonly_app` reads: hashes, secrets, what a mail says. */
const PARTLY_READABLE: Record<string, string> = {
  provider_key: "sealed",
  user_session: "token",
  user_login: "password",
  user_verification: "value",
  email_change: "new_email",
  user_factor: "sealed_secret",
  user_recovery_code: "code_hash",
  mail_message: "sealed_params",
  webhook_endpoint: "sealed_secret",
  idempotent_request: "sealed_answer",
};
const DENIED = expect.objectContaining({ code: "42501" });

const WRITES: Record<string, string> = {
  insert: "insert into TABLE default values",
  update: "update TABLE set COLUMN = COLUMN",
  delete: "delete from TABLE",
  truncate: "truncate TABLE",
};
const COLUMNS: Record<string, string> = {
  provider_key: "provider",
  control_outbox: "payload",
  price_override: "entries",
  provider_stop: "targets",
  ledger_balance: "balance_nano",
  ledger_entry: "amount_nano",
  usage_receipt: "cost_nano",
  budget: "scope",
  budget_version: "version",
  reconcile_progress: "org_id",
  user_factor_use: "step",
  user_recovery_code: "user_id",
  operator: "role",
  audit_origin: "entry_id",
  audit_seal: "mac",
  mail_suppression: "reason",
};
const writeTo = (table: string, verb: string) =>
  (WRITES[verb] ?? "").replace("TABLE", table).replaceAll("COLUMN", COLUMNS[table] ?? "id");

/** What the console may insert into or delete from; everything else it must leave to functions and triggers. */
const CONSOLE_WRITES: Record<string, ReadonlySet<string>> = {
  insert: new Set([
    "organization",
    "api_key",
    "provider_key",
    "budget",
    "reconcile_progress",
    "account_user",
    "user_session",
    "user_login",
    "user_verification",
    "email_change",
    "user_factor",
    "user_factor_use",
    "user_recovery_code",
    "user_passkey",
    "security_event",
    "member",
    "invitation",
    "audit_seal",
    "mail_message",
    "mail_suppression",
    "webhook_endpoint",
    "idempotent_request",
    // Operators alone, by trigger.
    "adjustment_proposal",
  ]),
  update: new Set(["user_verification"]),
  delete: new Set([
    "budget",
    "user_session",
    "user_login",
    "user_verification",
    "user_factor",
    "user_factor_use",
    "user_recovery_code",
    "user_passkey",
    "mail_suppression",
    "webhook_endpoint",
    "idempotent_request",
  ]),
};

const OWNER_FUNCTIONS = [
  "select record_receipts('{}'::jsonb, 'x')",
  "select record_corrections('{}'::jsonb, 'x')",
  "select write_usage_entries('x', 'x', 1, '{}'::jsonb)",
  "select platform_account('fx', 'planted')",
  "select lock_wallet('x')",
  "select check_flush('{}'::jsonb)",
  "select record_alerts('{}'::jsonb)",
  "select post_expiries('{}'::jsonb, 'x', 'x', 'x')",
  "select emit_webhook_event('x', 'x', '{}'::jsonb)",
  "select post_adjustment('o', 'd', 1, 'why', 'k', 'usr_a', 'usr_b')",
  "select acting_operator('{admin}')",
];
const OPERATOR_FUNCTIONS = [
  "select post_credit('o', 1, 'k', 'promo')",
  "select decide_adjustment('p', true)",
  "select set_organization_status('o', 'active', 'why')",
  "select set_price_overrides(0, '[]', 'why')",
  "select set_provider_stops(0, '{}', 'why')",
  "select record_differences('o', '[]'::jsonb)",
  "select send_webhook_test('o', 'w')",
];

/** Each role refused what it must not do, and able to do its work. */
export function registerRolesSuite(openRunner: (db: TestDatabase) => Promise<RunAs>): void {
  let runAs: RunAs;
  beforeAll(async () => {
    db = await openTestDatabase();
    runAs = await openRunner(db);
  }, databaseStartMs);
  afterAll(async () => {
    await db.close();
  });

  describe("gateway_app", () => {
    test.each(TABLES)("may not read %s", async (table) => {
      await expect(runAs("gateway_app", `select * from ${table}`)).rejects.toEqual(DENIED);
    });
    test.each(TABLES.flatMap((table) => Object.keys(WRITES).map((verb) => [verb, table])))(
      "may not %s %s",
      async (verb, table) => {
        await expect(runAs("gateway_app", writeTo(table, verb))).rejects.toEqual(DENIED);
      },
    );
    test.each([...OWNER_FUNCTIONS, ...OPERATOR_FUNCTIONS, "select ensure_partitions()"])(
      "may not run: %s",
      async (sql) => {
        await expect(runAs("gateway_app", sql)).rejects.toEqual(DENIED);
      },
    );
    test("posts usage, reads its receipt and the prices", async () => {
      const { id } = await makeOrganization(db);
      const receipt = makeReceipt(id);
      const flush = encodeFlush(testId("flush"), id, [{ type: "receipt", receipt }]);
      await expect(runAs("gateway_app", "select post_usage($1::jsonb)", [JSON.stringify(flush)])).resolves.toHaveLength(
        1,
      );
      await expect(runAs("gateway_app", "select generation_by_id($1, $2)", [id, receipt.id])).resolves.toHaveLength(1);
      await expect(runAs("gateway_app", "select current_overrides(0, 0)")).resolves.toHaveLength(1);
    });
  });

  describe("console_app", () => {
    test.each(
      TABLES.flatMap((table) =>
        Object.keys(WRITES)
          .filter((verb) => !CONSOLE_WRITES[verb]?.has(table))
          .map((verb) => [verb, table]),
      ),
    )("may not %s %s", async (verb, table) => {
      await expect(runAs("console_app", writeTo(table, verb))).rejects.toEqual(DENIED);
    });
    test.each([
      "update organization set locator = locator",
      "update organization set version = 9",
      "update organization set status = 'active'",
      "update api_key set key_hash = key_hash",
      "update api_key set org_id = org_id",
      "update control_outbox set payload = '{}'",
      "select sealed from provider_key",
      "update provider_key set version = 9",
      "update budget set period = 'week'",
      "insert into budget (org_id, scope, period, limit_nano, created_at) values ('o', 'organization', 'day', 1, now())",
      "select * from budget_version",
      "update reconcile_progress set org_id = 'o'",
      "update account_user set attested_adult_at = now()",
      "update user_session set token = 'x'",
      "update member set user_id = null",
      "insert into audit_entry (id) values ('x')",
      "insert into operator (user_id, role) values ('usr_x', 'admin')",
      ...OWNER_FUNCTIONS,
      "select post_usage('{}'::jsonb)",
    ])("may not run: %s", async (sql) => {
      await expect(runAs("console_app", sql)).rejects.toEqual(DENIED);
    });
    test("keeps organizations and keys, posts credit, works off the outbox, sets prices, makes partitions", async () => {
      const { id } = await makeOrganization(db);
      for (const [sql, params] of [
        ["update organization set name = 'Renamed' where id = $1", [id]],
        ["select post_credit($1, 5, $2, 'promo')", [id, testId("credit")]],
        ["update organization set strict = true, time_zone = 'Europe/Berlin' where id = $1", [id]],
        ["update api_key set strict = true, member_id = null, tags = '{a}' where org_id = $1", [id]],
        ["insert into budget (org_id, scope, period, limit_nano) values ($1, 'tag a', 'day', 5)", [id]],
        ["update budget set limit_nano = 6 where org_id = $1", [id]],
        ["delete from budget where org_id = $1", [id]],
        ["select * from budget_alert, credit_expiry, reconcile_difference, ledger_adjustment limit 1", []],
        ["select record_differences($1, '[]')", [id]],
        ["insert into reconcile_progress (org_id, checked_at) values ($1, now())", [id]],
        ["update reconcile_progress set checked_at = now(), ended_cursor = 5 where org_id = $1", [id]],
        ["update organization set zdr = true, providers_ignore = '{groq}' where id = $1", [id]],
        [
          "insert into provider_key (org_id, provider, mode, sealed, key_version) values ($1, 'openai', 'only', 'b25l', 'k1')",
          [id],
        ],
        ["update provider_key set sealed = null where org_id = $1 returning provider, version", [id]],
        ["update control_outbox set applied_at = now(), tries = 1, last_error_code = null where org_id = $1", [id]],
        ["select ensure_partitions()", []],
        ["select * from usage_receipt limit 1", []],
      ] as const) {
        await expect(runAs("console_app", sql, params)).resolves.toBeDefined();
      }
    });
  });

  describe("readonly_app", () => {
    const readable = TABLES.filter((table) => !(table in PARTLY_READABLE));
    test.each([...readable, "usage_receipt_default", "drizzle.__drizzle_migrations"])("reads %s", async (table) => {
      await expect(runAs("readonly_app", `select * from ${table} limit 1`)).resolves.toBeDefined();
    });
    test.each(Object.entries(PARTLY_READABLE))("reads %s, and its %s never", async (table, secret) => {
      const rows = await db.query<{ name: string }>(
        `select column_name as name from information_schema.column_privileges
         where table_name = $1 and grantee = 'readonly_app' and privilege_type = 'SELECT'`,
        [table],
      );
      const names = rows.map(({ name }) => name);
      expect(names).not.toContain(secret);
      await expect(runAs("readonly_app", `select ${names.join(", ")} from ${table} limit 1`)).resolves.toBeDefined();
      await expect(runAs("readonly_app", `select ${secret} from ${table}`)).rejects.toEqual(DENIED);
    });
    test("reads tables and partitions that are made later", async () => {
      await db.query("create table made_later (id int)");
      await expect(runAs("readonly_app", "select * from made_later")).resolves.toEqual([]);
    });
    test.each(TABLES.flatMap((table) => Object.keys(WRITES).map((verb) => [verb, table])))(
      "may not %s %s",
      async (verb, table) => {
        await expect(runAs("readonly_app", writeTo(table, verb))).rejects.toEqual(DENIED);
      },
    );
    test.each([
      ...OWNER_FUNCTIONS,
      "select post_usage('{}'::jsonb)",
      ...OPERATOR_FUNCTIONS,
      "select generation_by_id('o', 'r')",
      "select current_price_overrides(0)",
      "select ensure_partitions()",
    ])("may not run: %s", async (sql) => {
      await expect(runAs("readonly_app", sql)).rejects.toEqual(DENIED);
    });
  });

  test.each(["gateway_app", "console_app", "readonly_app"] as const)(
    "%s may make nothing in the schema",
    async (role) => {
      await expect(runAs(role, "create table mine (id int)")).rejects.toEqual(DENIED);
      await expect(runAs(role, "create function mine() returns int language sql as 'select 1'")).rejects.toEqual(
        DENIED,
      );
    },
  );
}
