import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const unitTimeoutMs = 20_000;
const stackTimeoutMs = 60_000;
/** What starts, kills and takes down whole stacks. */
const STACK_SUITES = ["test/e2e/crash-*.test.ts", "test/e2e/dev-stack*.test.ts"];
/** The breadth of the product through HTTP: with them `npm test` would take twice its three minutes. */
const MORE_SUITES = [
  "test/e2e/account-changes.test.ts",
  "test/e2e/accounts.test.ts",
  "test/e2e/bad-days.test.ts",
  "test/e2e/budgets.test.ts",
  "test/e2e/byok.test.ts",
  "test/e2e/catalogue.test.ts",
  "test/e2e/cli.test.ts",
  "test/e2e/control-api.test.ts",
  "test/e2e/control-api-writes.test.ts",
  "test/e2e/deploy-*.test.ts",
  "test/e2e/formats-bad-input.test.ts",
  "test/e2e/guardrails.test.ts",
  "test/e2e/leaked-keys.test.ts",
  "test/e2e/mail.test.ts",
  "test/e2e/management-keys.test.ts",
  "test/e2e/operators.test.ts",
  "test/e2e/organization-rules.test.ts",
  "test/e2e/media.test.ts",
  "test/e2e/media-bad-input.test.ts",
  "test/e2e/passkeys.test.ts",
  "test/e2e/recorded-fixtures.test.ts",
  "test/e2e/rolling-holds.test.ts",
  "test/e2e/routing.test.ts",
  "test/e2e/sign-in-providers.test.ts",
  "test/e2e/usage.test.ts",
  "test/e2e/webhook-rebinding.test.ts",
  "test/e2e/webhooks.test.ts",
];

export default defineConfig({
  test: {
    // Two cores: more workers than this only make the stack suites wait for each other.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts", "test/sim/**/*.test.ts"],
          environment: "node",
          // Files share a process and its modules, which are half a minute to load anew for each: none keeps state in them.
          isolate: false,
          testTimeout: unitTimeoutMs,
          // An embedded Postgres boots in a second, and in twenty on a machine that is busy.
          hookTimeout: stackTimeoutMs,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            // No such host: a test that does not stub fetch reaches nothing.
            miniflare: {
              bindings: {
                DATABASE_URL: "postgres://gateway_app:test@ledger.test.invalid/prismatic",
                LEDGER_TIMEOUT_MS: "1000",
              },
            },
          }),
        ],
        test: {
          name: "workers",
          include: ["test/workers/**/*.test.ts"],
          testTimeout: unitTimeoutMs,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: [...STACK_SUITES, ...MORE_SUITES],
          environment: "node",
          testTimeout: stackTimeoutMs,
          hookTimeout: stackTimeoutMs,
        },
      },
      {
        test: {
          name: "more",
          include: MORE_SUITES,
          environment: "node",
          testTimeout: stackTimeoutMs,
          hookTimeout: stackTimeoutMs,
        },
      },
      {
        // CI runs them; `npm test` is much shorter without.
        test: {
          name: "stack",
          include: STACK_SUITES,
          environment: "node",
          testTimeout: stackTimeoutMs,
          hookTimeout: stackTimeoutMs,
        },
      },
      {
        test: {
          name: "postgres",
          include: ["test/postgres/**/*.test.ts"],
          environment: "node",
          testTimeout: stackTimeoutMs,
          hookTimeout: stackTimeoutMs,
          fileParallelism: false,
        },
      },
    ],
  },
});
