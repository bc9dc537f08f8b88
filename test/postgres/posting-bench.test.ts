import { afterAll, beforeAll, expect, test } from "vitest";
import { asOwner } from "../../dev/database/owner-queries.ts";
import { NOT_DURABLE } from "./cluster.ts";
import { makeDice, makeFlushes, renameFlushes } from "../bench/posting/make-flushes.ts";
import { postFlushes } from "../bench/posting/post-flushes.ts";
import { startStand, type Stand } from "../bench/posting/stand.ts";
import { verifyBooks, type Expected } from "../bench/posting/verify-books.ts";
import { databaseStartMs } from "../support/database.ts";

const ORGANIZATIONS = 3;
const FLUSHES = 6;
const ROWS = 20;
const CALLERS = 4;

let stand: Stand;
let expected: Expected;

// A bench that verifies the books is worth what its verification sees: each fault is planted once.
beforeAll(async () => {
  stand = await startStand("test", NOT_DURABLE, ORGANIZATIONS);
  const flushes = makeFlushes(stand.payers, FLUSHES, ROWS, makeDice(1));
  const { postings } = await postFlushes(stand.endpoint.edge, flushes, CALLERS);
  const receipts = flushes.flatMap((flush) => flush.receipts);
  const sum = (amounts: readonly string[]) => amounts.reduce((total, amount) => total + BigInt(amount), 0n);
  expected = {
    receipts: FLUSHES * ROWS,
    costNano: sum(receipts.map((receipt) => receipt.cost_nano)),
    upstreamCostNano: sum(receipts.map((receipt) => receipt.upstream_cost_nano)),
  };
  expect(postings.map(({ inserted, repeated }) => [inserted, repeated])).toEqual(
    Array.from({ length: FLUSHES }, () => [ROWS, false]),
  );
  await postFlushes(stand.endpoint.edge, [...flushes, ...renameFlushes(flushes)], CALLERS);
}, databaseStartMs);
afterAll(async () => {
  await stand.stop();
});

const faultsAfter = (sql: string) =>
  asOwner(stand.database, async (owner) => {
    await owner.exec("begin");
    try {
      await owner.exec(sql);
      return await verifyBooks(owner, expected);
    } finally {
      await owner.exec("rollback");
    }
  });

/** The transaction is rolled back, and with it what it switched off. */
const withoutGuards = (table: string, sql: string) => `alter table ${table} disable trigger user; ${sql}`;

test("what was posted, posted again and posted under other ids is in the books once", async () => {
  expect(await faultsAfter("select 1")).toEqual([]);
});

test.each([
  [
    "a cached balance is not its journal",
    withoutGuards("ledger_balance", "update ledger_balance set balance_nano = balance_nano + 1"),
  ],
  [
    "an organization's receipts are not what its wallet was debited",
    withoutGuards("usage_receipt", "update usage_receipt set cost_nano = cost_nano + 1"),
  ],
  [
    "a posting's receipts are not what it debited",
    withoutGuards("ledger_entry", "update ledger_entry set amount_nano = amount_nano + 1 where amount_nano > 0"),
  ],
  [
    "a transaction does not sum to zero",
    withoutGuards("ledger_entry", "update ledger_entry set amount_nano = amount_nano + 1 where amount_nano > 0"),
  ],
  [
    "a provider's receipts are not what is owed to it",
    withoutGuards("usage_receipt", "update usage_receipt set upstream_cost_nano = upstream_cost_nano + 1"),
  ],
  ["recorded", withoutGuards("usage_receipt", "delete from usage_receipt where cost_nano = 0")],
  ["a trigger is disabled", "alter table ledger_entry disable trigger ledger_entry_append_only"],
  ["a guard does not fire always", "alter table ledger_entry enable trigger ledger_entry_follow_journal"],
])("%s: the verification says so", async (fault, sql) => {
  expect((await faultsAfter(sql)).join("\n")).toContain(fault);
});
