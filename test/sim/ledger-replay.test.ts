import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeFlush, type FlushItem } from "#ledger";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../support/database.ts";
import { runSeed, type RunResult } from "./run-seed.ts";

const SEEDS = [3, 8, 12] as const;
const STEPS = 6_000;
const TIMEOUT_MS = 120_000;
const LOCATOR_LENGTH = 17;

let db: TestDatabase;

interface Answer {
  readonly inserted: number;
  readonly duplicates: number;
  readonly corrected: number;
  readonly cost_nano: string;
  readonly repeated: boolean;
}

interface Sums {
  readonly receipts: number;
  readonly corrections: number;
  readonly alerts: number;
  readonly expiries: number;
  readonly wallet: string;
}

beforeAll(async () => {
  db = await openTestDatabase();
}, databaseStartMs);
afterAll(async () => {
  await db.close();
});

describe("what the simulated ledger took", () => {
  it.each(SEEDS)("gives the same sums in the real one (seed %i)", { timeout: TIMEOUT_MS }, async (seed) => {
    const run = await runSeed(seed, STEPS);
    expect(run.report?.join("\n") ?? "").toBe("");
    const { id, sums } = await replay(run);
    const items = run.flushes.flatMap(({ flush, repeated }) => (repeated ? [] : flush.items));
    const count = (type: FlushItem["type"]): number => items.filter((item) => item.type === type).length;
    expect(count("receipt")).toBeGreaterThan(0);
    expect(sums).toEqual({
      receipts: count("receipt"),
      corrections: count("correction"),
      alerts: alertsOf(items).size,
      expiries: count("expiry"),
      wallet: (run.costNano + run.expiredNano).toString(),
    });
    expect(id).toBe(run.orgId);
  });
});

/** Sends every flush in the order, and as often, as the simulated ledger took it. */
async function replay({ flushes, orgId }: RunResult): Promise<{ readonly id: string; readonly sums: Sums }> {
  await db.query(
    "insert into organization (id, name, locator, region) values ($1, 'Sim', $2, 'g')",
    [orgId, orgId.slice(-LOCATOR_LENGTH)],
    "console_app",
  );
  for (const { flush, repeated } of flushes) {
    const payload = encodeFlush(flush.flushId, flush.orgId, flush.items);
    const [row] = await db.query<{ answer: Answer }>(
      "select post_usage($1::jsonb) as answer",
      [JSON.stringify(payload)],
      "gateway_app",
    );
    expect(row?.answer).toMatchObject({ repeated, duplicates: 0 });
  }
  const [sums] = await db.query<Sums>(
    `select
      (select count(*)::int from usage_receipt where org_id = $1) as receipts,
      (select count(*)::int from receipt_correction where org_id = $1) as corrections,
      (select count(*)::int from budget_alert where org_id = $1) as alerts,
      (select count(*)::int from credit_expiry where org_id = $1) as expiries,
      (select b.balance_nano::text from ledger_balance b join ledger_account a on a.id = b.account_id
        where a.org_id = $1 and a.name = 'wallet') as wallet`,
    [orgId],
  );
  if (sums === undefined) throw new Error("no sums");
  return { id: orgId, sums };
}

/** An alert of the same budget, period and mark is the same news, whatever its id. */
function alertsOf(items: readonly FlushItem[]): ReadonlySet<string> {
  return new Set(
    items.flatMap((item) => {
      if (item.type !== "alert") return [];
      const { scope, period, period_name, percent, limit_nano } = item.alert;
      return [[scope, period, period_name, percent, limit_nano].join(" ")];
    }),
  );
}
