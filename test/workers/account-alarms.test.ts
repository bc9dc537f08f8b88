import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, it, vi } from "vitest";
import type { Account } from "../../workers/gateway/account-object.ts";
import { ended, measured } from "../unit/admission/account-fixture.ts";
import { admitCommand, openAccount, usePretendNeon, type AccountStub } from "./account-harness.ts";

const MINUTE_MS = 60_000;
const RINGS = 4;

const neonOf = usePretendNeon();

/** The platform promises an alarm at least once: here it rings so often, all at once. */
async function ringAtOnce(account: AccountStub): Promise<void> {
  await runInDurableObject(account, async (object: Account) => {
    await Promise.all(Array.from({ length: RINGS }, () => object.alarm()));
  });
}

/** Each receipt stands in one flush, and a flush that was sent again was the very same. */
function expectOneFlushEach(): void {
  const flushes = new Map(neonOf().flushes.map((flush) => [flush.flush_id, JSON.stringify(flush)]));
  for (const flush of neonOf().flushes) expect(JSON.stringify(flush)).toBe(flushes.get(flush.flush_id));
  const ids = neonOf()
    .flushes.filter((flush, index, all) => all.findIndex(({ flush_id }) => flush_id === flush.flush_id) === index)
    .flatMap(({ receipts }) => receipts.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
}

it("G6: an alarm that rings several times at once, and again, posts every row under one flush id and counts it once", async () => {
  const account = await openAccount(10_000n);
  const commands = Array.from({ length: 250 }, () => admitCommand(1n));
  await Promise.all(commands.map((command) => account.admit(command)));
  await account.settle(commands.map((command) => ({ id: command.draft.id, end: ended(1n) })));
  await ringAtOnce(account);
  expectOneFlushEach();
  expect(new Set(neonOf().receiptIds()).size).toBe(commands.length);
  expect(await account.status()).toMatchObject({ balanceNano: 9_750n, outboxLength: 0, maintenanceFaults: 0 });
  const posted = neonOf().flushes.length;
  await ringAtOnce(account);
  expect(neonOf().flushes).toHaveLength(posted);
});

it("G6: several alarms at once while the ledger is away freeze one flush, which goes out as it was after an eviction", async () => {
  const account = await openAccount(1_000n);
  const command = admitCommand(10n);
  await account.admit(command);
  await account.settle([{ id: command.draft.id, end: ended(10n) }]);
  neonOf().answer = () => "down";
  await ringAtOnce(account);
  await evictDurableObject(account);
  neonOf().answer = () => "ok";
  vi.setSystemTime(Date.now() + MINUTE_MS);
  await ringAtOnce(account);
  expectOneFlushEach();
  expect(new Set(neonOf().flushes.map((flush) => flush.flush_id)).size).toBe(1);
  expect(await account.status()).toMatchObject({ balanceNano: 990n, outboxLength: 0 });
});

it("G6: several alarms at once sweep each hold once, and a late settle corrects it once", async () => {
  const account = await openAccount(1_000n);
  const [silent, reported] = [admitCommand(400n), admitCommand(400n)];
  await account.admit(silent);
  await account.admit(reported);
  await account.checkpoint([{ id: reported.draft.id, measure: measured(120n) }]);
  vi.setSystemTime(Date.now() + 31 * MINUTE_MS);
  await ringAtOnce(account);
  await runDurableObjectAlarm(account);
  expectOneFlushEach();
  expect([...new Set(neonOf().receiptIds())].toSorted()).toEqual([silent.draft.id, reported.draft.id].toSorted());
  expect(await account.status()).toMatchObject({ balanceNano: 880n, heldNano: 0n, openHolds: 0, outboxLength: 0 });
  expect(await account.settle([{ id: silent.draft.id, end: ended(50n) }])).toEqual(["corrected"]);
  await ringAtOnce(account);
  expectOneFlushEach();
  const corrections = new Set(neonOf().flushes.flatMap((flush) => flush.corrections.map((row) => JSON.stringify(row))));
  expect(corrections.size).toBe(1);
  expect(await account.status()).toMatchObject({ balanceNano: 830n, outboxLength: 0 });
});
