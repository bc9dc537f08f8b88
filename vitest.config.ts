import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const unitTimeoutMs = 20_000;
const stackTimeoutMs = 60_000;
const CRASH_SUITE = "test/e2e/crash-kill.test.ts";

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
          exclude: [CRASH_SUITE],
          environment: "node",
          testTimeout: stackTimeoutMs,
          hookTimeout: stackTimeoutMs,
        },
      },
      {
        // Kills the whole stack again and again: CI runs it, `npm test` stays under three minutes without.
        test: {
          name: "crash",
          include: [CRASH_SUITE],
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
