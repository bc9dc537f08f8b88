import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import type { EndedQuestion } from "#admission";
import { nanoUsd } from "#kernel";
import type { Account } from "../../workers/gateway/account-object.ts";
import { ended } from "../unit/admission/account-fixture.ts";
import { admitCommand, freshAccount, openAccount, usePretendNeon, type AccountStub } from "./account-harness.ts";

const HOUR_MS = 3_600_000;
const NOTHING = { receiptsNano: 0n, correctionsNano: 0n, expiriesNano: 0n };
const page = (after: number, limit: number): EndedQuestion => ({
  fromMs: 0,
  toMs: Number.MAX_SAFE_INTEGER,
  after,
  limit,
});

const neonOf = usePretendNeon();

async function callOf(account: AccountStub, costNano: bigint): Promise<string> {
  const command = admitCommand(costNano);
  await account.admit(command);
  await account.settle([{ id: command.draft.id, end: ended(costNano) }]);
  return command.draft.id;
}

describe("an account's own books", () => {
  it("are told as they are stored: a nano-USD planted there shows, in the balance and of a call", async () => {
    const account = await openAccount(1_000n);
    const id = await callOf(account, 60n);
    const books = await account.reconcile({ entryIds: ["txn_opening", "crd_none"] });
    expect(books).toMatchObject({
      balanceNano: 940n,
      entries: { count: 1, sumNano: 1_000n },
      appliedIds: ["txn_opening"],
      taken: { ...NOTHING, receiptsNano: 60n },
      waiting: { ...NOTHING, receiptsNano: 60n },
      frozen: [],
    });
    expect(await account.endedCalls({ ids: [id, "gen_none"] })).toEqual({
      calls: [{ id, costNano: 60n, isWaiting: true }],
      next: null,
    });
    await runInDurableObject(account, (_, { storage }) => {
      storage.sql.exec("UPDATE ended SET body = json_set(body, '$.cost_nano', '61') WHERE id = ?", id);
      storage.sql.exec("UPDATE meta SET body = json_set(body, '$.balance_nano', '939') WHERE name = 'wallet'");
    });
    await evictDurableObject(account);
    expect(await account.reconcile({ entryIds: [] })).toMatchObject({
      balanceNano: 939n,
      taken: { receiptsNano: 60n },
    });
    expect((await account.endedCalls({ ids: [id] })).calls).toEqual([{ id, costNano: 61n, isWaiting: true }]);
  });

  it("tell a flush whose answer was lost, and its receipts as waiting until it came", async () => {
    const account = await openAccount(1_000n);
    const id = await callOf(account, 60n);
    neonOf().answer = () => "down";
    await runDurableObjectAlarm(account);
    const [flush] = neonOf().flushes;
    expect((await account.reconcile({ entryIds: [] })).frozen).toEqual([{ flushId: flush?.flush_id, takenNano: 60n }]);
    neonOf().answer = () => "ok";
    vi.setSystemTime(Date.now() + 60_000);
    await runDurableObjectAlarm(account);
    expect(await account.reconcile({ entryIds: [] })).toMatchObject({ frozen: [], waiting: NOTHING });
    expect((await account.endedCalls({ ids: [id] })).calls).toMatchObject([{ isWaiting: false }]);
  });

  it("give ended calls in pages, in the order they ended, and go on from anywhere", async () => {
    const account = await openAccount(1_000n);
    const ids: string[] = [];
    for (let call = 0; call < 5; call += 1) ids.push(await callOf(account, BigInt(call)));
    const first = await account.endedCalls(page(0, 2));
    const second = await account.endedCalls(page(first.next ?? -1, 2));
    const third = await account.endedCalls(page(second.next ?? -1, 2));
    const seen = [first, second, third].flatMap(({ calls }) => calls);
    expect(seen.map(({ id, costNano }) => [id, costNano])).toEqual(ids.map((id, call) => [id, BigInt(call)]));
    expect(third.next).toBeNull();
    expect(await account.endedCalls(page(1_000_000, 2))).toEqual({ calls: [], next: null });
    const later = { fromMs: Date.now() + 1, toMs: Date.now() + HOUR_MS, after: 0, limit: 10 };
    expect((await account.endedCalls(later)).calls).toEqual([]);
  });

  it("of an object nobody has used are empty, and leave nothing behind", async () => {
    const account = freshAccount();
    expect(await account.reconcile({ entryIds: ["crd_1"] })).toMatchObject({
      orgId: null,
      balanceNano: 0n,
      appliedIds: [],
    });
    expect(await account.endedCalls(page(0, 10))).toEqual({ calls: [], next: null });
    const tables = await runInDurableObject(account, (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'meta'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it.each([
    ["more ids than one question has", { ids: Array.from({ length: 1_001 }, () => "gen_x") }],
    ["a page without bound", page(0, 1_001)],
  ])("refuse %s", async (_, question) => {
    const account = await openAccount(1n);
    await runInDurableObject<Account, void>(account, (object) => {
      expect(() => object.endedCalls(question)).toThrow(expect.objectContaining({ code: "internal_error" }));
    });
  });
});

describe("an adjustment", () => {
  it("moves the balance once, and is there after an eviction", async () => {
    const account = await openAccount(1_000n);
    const adjust = { type: "adjustment", entryId: "adj_1", amountNano: nanoUsd(-7n) } as const;
    expect(await account.apply([adjust])).toMatchObject({ applied: 1 });
    await evictDurableObject(account);
    expect(await account.apply([adjust])).toMatchObject({ applied: 0, repeated: 1 });
    expect(await account.reconcile({ entryIds: ["adj_1"] })).toMatchObject({
      balanceNano: 993n,
      entries: { count: 2, sumNano: 993n },
      appliedIds: ["adj_1"],
    });
  });
});

describe("credit that ends", () => {
  it("goes at its end though nobody calls, however late the alarm had been set before", async () => {
    const account = await openAccount(1_000n);
    // A running call: the alarm is set for its sweep, half an hour on.
    await account.admit(admitCommand(10n));
    const expiresAtMs = Date.now() + 60_000;
    await account.apply([{ type: "credit", entryId: "crd_1", amountNano: nanoUsd(50n), expiresAtMs }]);
    const alarmMs = await runInDurableObject(account, (_, { storage }) => storage.getAlarm());
    expect(alarmMs).toBe(expiresAtMs);
    vi.setSystemTime(expiresAtMs);
    await runDurableObjectAlarm(account);
    expect(await account.status()).toMatchObject({ balanceNano: 1_000n, heldNano: 10n });
    expect(neonOf().flushes.flatMap(({ expiries = [] }) => expiries)).toMatchObject([{ amount_nano: "50" }]);
  });
});
