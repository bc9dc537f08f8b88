import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { nanoUsd } from "#kernel";
import { ended, measured } from "../unit/admission/account-fixture.ts";
import { admitCommand, freshAccount, openAccount, openingEvents, usePretendNeon, READER } from "./account-harness.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const NOTHING_WAITS = { receipt: null, corrections: [] };

const neonOf = usePretendNeon();

describe("what an account answered", () => {
  it("is still there after the object was evicted: holds, balance, ended calls, windows", async () => {
    const account = await openAccount(1_000n, { requestsPerMinute: 2 });
    const [open, done] = [admitCommand(400n), admitCommand(100n)];
    await account.admit(open);
    await account.admit(done);
    await account.settle([{ id: done.draft.id, end: ended(60n) }]);
    await evictDurableObject(account);

    expect(await account.status()).toMatchObject({ balanceNano: 940n, heldNano: 400n, openHolds: 1, outboxLength: 1 });
    expect(await account.admit(admitCommand(1n))).toMatchObject({ refusal: { code: "rate_limit_requests" } });
    const both = [
      { id: done.draft.id, end: ended(60n) },
      { id: open.draft.id, end: ended(70n) },
    ];
    expect(await account.settle(both)).toEqual(["repeated", "settled"]);
    expect(await account.status()).toMatchObject({ balanceNano: 870n, heldNano: 0n });
  });

  it("G1: of 64 parallel calls on a balance for k exactly k are admitted; drained, exactly k again", async () => {
    const account = await openAccount(70n * 9n + 69n);
    for (const balance of [70n * 9n + 69n, 69n]) {
      const commands = Array.from({ length: 64 }, () => admitCommand(70n));
      const results = await Promise.all(commands.map((command) => account.admit(command)));
      const admitted = commands.filter((_, index) => results[index]?.ok);
      expect(admitted).toHaveLength(Number(balance / 70n));
      await account.settle(admitted.map((command) => ({ id: command.draft.id, end: ended(70n) })));
    }
    expect(await account.status()).toMatchObject({ balanceNano: 69n, heldNano: 0n });
  });

  it("shares one durable write among the calls that arrive together", async () => {
    const account = await openAccount(1_000_000n);
    const { writes } = await account.status();
    await Promise.all(Array.from({ length: 64 }, () => account.admit(admitCommand(70n))));
    const after = await account.status();
    expect(after.openHolds).toBe(64);
    // Nearly always one; what arrives while the write runs goes with the next.
    expect(after.writes - writes).toBeLessThanOrEqual(4);
  });

  it("G7: the same settle sent by many at once debits once", async () => {
    const account = await openAccount(1_000n);
    const command = admitCommand(400n);
    await account.admit(command);
    const settles = Array.from({ length: 8 }, () => account.settle([{ id: command.draft.id, end: ended(60n) }]));
    const results = (await Promise.all(settles)).flat();
    expect(results.toSorted()).toEqual([...Array.from({ length: 7 }, () => "repeated"), "settled"]);
    expect(await account.status()).toMatchObject({ balanceNano: 940n, outboxLength: 1 });
  });
});

describe("what joined the account later", () => {
  const idempotency = { keyHash: "1d".repeat(32) };
  const ownKey = { sealed: "c2VhbGVk", keyVersion: "k1", mode: "only" } as const;

  it("G22: an idempotency key is known after an eviction, while its call runs and after it ended", async () => {
    const account = await openAccount(1_000n);
    const first = admitCommand(100n, { idempotency });
    const params = { receipt_id: first.draft.id };
    await account.admit(first);
    await evictDurableObject(account);
    const again = () => account.admit(admitCommand(100n, { idempotency }));
    expect(await again()).toMatchObject({ refusal: { code: "idempotency_in_progress", params } });
    await account.settle([{ id: first.draft.id, end: ended(60n) }]);
    await evictDurableObject(account);
    expect(await again()).toMatchObject({ refusal: { code: "idempotency_key_reused", params } });
    expect(await account.status()).toMatchObject({ balanceNano: 940n, outboxLength: 1 });
  });

  it("an idempotency key is pruned by the alarm a day after its call ended", async () => {
    const account = await openAccount(1_000n);
    const first = admitCommand(100n, { idempotency });
    await account.admit(first);
    await account.settle([{ id: first.draft.id, end: ended(60n) }]);
    vi.setSystemTime(Date.now() + DAY_MS + MINUTE_MS);
    await runDurableObjectAlarm(account);
    const left = await runInDurableObject(account, (_, { storage }) =>
      storage.sql.exec("SELECT count(*) AS n FROM idempotency").one(),
    );
    expect(left).toEqual({ n: 0 });
  });

  it("own provider keys come back with the admission after an eviction", async () => {
    const account = await openAccount(1_000n);
    await account.apply([{ type: "provider_key", version: 1, provider: "openai", key: ownKey }]);
    await evictDurableObject(account);
    const command = admitCommand(1_000n, { providers: ["openai"], byokFeePerMillion: 50_000n });
    expect(await account.admit(command)).toMatchObject({
      admission: { heldNano: 50n, byok: [{ provider: "openai", ...ownKey }] },
    });
  });

  it("an object of before it has what it had, and takes all of it", async () => {
    const account = await openAccount(1_000n);
    const before = admitCommand(100n);
    await account.admit(before);
    await runInDurableObject(account, (_, { storage }) => {
      for (const table of ["budget_scope", "lease", "idempotency"]) storage.sql.exec(`DROP TABLE ${table}`);
      storage.sql.exec("DROP TABLE provider_key");
      storage.sql.exec("UPDATE hold SET body = json_remove(body, '$.idempotency_hash')");
    });
    await evictDurableObject(account);
    const first = admitCommand(100n, { idempotency });
    await account.admit(first);
    const ends = [before, first].map(({ draft }) => ({ id: draft.id, end: ended(60n) }));
    expect(await account.settle(ends)).toEqual(["settled", "settled"]);
    await account.apply([{ type: "provider_key", version: 1, provider: "openai", key: ownKey }]);
    await evictDurableObject(account);
    expect(await account.admit(admitCommand(1n, { idempotency }))).toMatchObject({
      refusal: { code: "idempotency_key_reused" },
    });
    expect(await account.status()).toMatchObject({ balanceNano: 880n, heldNano: 0n });
  });
});

describe("events that arrive in parts", () => {
  it("a key that came before its organization is still known after an eviction", async () => {
    const [organization, key, credit] = openingEvents(1_000n);
    if (organization === undefined || key === undefined || credit === undefined) throw new Error("fixture");
    const account = freshAccount();
    await account.apply([key]);
    await evictDurableObject(account);
    await account.apply([organization, credit]);
    expect(await account.admit(admitCommand(10n))).toMatchObject({ ok: true });
  });
});

describe("a write that fails", () => {
  it("answers nobody, and the object comes back as its storage has it", async () => {
    const account = await openAccount(1_000n);
    await runInDurableObject(account, (_, { storage }) => {
      storage.sql.exec("CREATE TRIGGER planted BEFORE INSERT ON hold BEGIN SELECT RAISE(ABORT, 'planted'); END");
    });
    const results = await Promise.allSettled([account.admit(admitCommand(400n)), account.admit(admitCommand(1n))]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);

    const again = env.ACCOUNT.get(account.id);
    expect(await again.status()).toMatchObject({ balanceNano: 1_000n, heldNano: 0n, openHolds: 0 });
    await runInDurableObject(again, (_, { storage }) => {
      storage.sql.exec("DROP TRIGGER planted");
    });
    expect(await again.admit(admitCommand(1_000n))).toMatchObject({ ok: true });
  });
});

describe("an object without an organization", () => {
  it("refuses everything as a wrong key and stores nothing", async () => {
    const account = freshAccount();
    const wrongKey = { ok: false, refusal: { code: "invalid_api_key" } };
    const command = admitCommand(1n);
    expect(await account.admit(command)).toMatchObject(wrongKey);
    expect(await account.authorize(READER)).toMatchObject(wrongKey);
    expect(await account.keyState(READER)).toMatchObject(wrongKey);
    expect(await account.credits(READER)).toMatchObject(wrongKey);
    expect(await account.findReceipt(READER, command.draft.id)).toMatchObject(wrongKey);
    expect(await account.settle([{ id: command.draft.id, end: ended(1n) }])).toEqual(["unknown"]);
    await account.checkpoint([{ id: command.draft.id, measure: measured(1n) }]);
    expect(await runDurableObjectAlarm(account)).toBe(false);
    await runInDurableObject(account, async (_, { storage }) => {
      const tables = storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'");
      expect(tables.toArray()).toEqual([]);
      expect(await storage.getAlarm()).toBeNull();
    });
  });

  it("refuses a batch of another organization without applying any of it", async () => {
    const account = await openAccount(1_000n);
    const [organization, , credit] = openingEvents(5n);
    if (organization?.type !== "organization" || credit?.type !== "credit") throw new Error("fixture");
    const foreign = { ...organization, version: 9, organization: { ...organization.organization, id: "org_other" } };
    const result = await account.apply([{ ...credit, entryId: "txn_other" }, foreign]);
    expect(result).toEqual({ ok: false, reason: "other_organization" });
    expect(await account.status()).toMatchObject({ balanceNano: 1_000n });
  });
});

describe("the alarm", () => {
  it("posts the outbox to the ledger and empties it", async () => {
    const account = await openAccount(1_000n);
    const command = admitCommand(400n);
    await account.admit(command);
    await account.settle([{ id: command.draft.id, end: ended(60n) }]);
    expect(await runDurableObjectAlarm(account)).toBe(true);
    expect(neonOf().flushes).toMatchObject([
      { receipts: [{ id: command.draft.id, cost_nano: "60", held_nano: "400" }] },
    ]);
    expect(await account.status()).toMatchObject({ outboxLength: 0, settlementLagMs: 0, maintenanceFaults: 0 });
  });

  it("sends the very same flush again when the ledger was away, also after an eviction, and waits in between", async () => {
    const account = await openAccount(1_000n);
    const settleOne = async (): Promise<void> => {
      const command = admitCommand(1n);
      await account.admit(command);
      await account.settle([{ id: command.draft.id, end: ended(1n) }]);
    };
    neonOf().answer = () => "down";
    await settleOne();
    await runDurableObjectAlarm(account);
    await settleOne();
    vi.setSystemTime(Date.now() + 100);
    await runDurableObjectAlarm(account);
    expect(neonOf().flushes).toHaveLength(1);
    expect(await account.status()).toMatchObject({ outboxLength: 2 });

    await evictDurableObject(account);
    neonOf().answer = () => "ok";
    vi.setSystemTime(Date.now() + MINUTE_MS);
    await runDurableObjectAlarm(account);
    const [first, second, third] = neonOf().flushes;
    expect(second).toEqual(first);
    expect(third?.receipts).toHaveLength(1);
    expect(await account.status()).toMatchObject({ outboxLength: 0 });
  });

  it("G18: rows set aside are logged with their number and the class of the refusal", async () => {
    const account = await openAccount(1_000n);
    const command = admitCommand(1n);
    await account.admit(command);
    await account.settle([{ id: command.draft.id, end: ended(1n) }]);
    neonOf().answer = () => ({ sqlstate: "23514" });
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    for (let tries = 0; tries < 3; tries += 1) {
      await runDurableObjectAlarm(account);
      vi.setSystemTime(Date.now() + MINUTE_MS);
    }
    const lines: unknown[] = logged.mock.calls.map(([line]) => JSON.parse(String(line)));
    logged.mockRestore();
    expect(lines).toMatchObject([{ message: "ledger_rows_set_aside_23", failed: 1, set_aside: 1 }]);
  });

  it("G18: posts everything beside a poison row in one run, and sets it aside after tries with waits between", async () => {
    const account = await openAccount(1_000n);
    const commands = Array.from({ length: 20 }, () => admitCommand(1n));
    await Promise.all(commands.map((command) => account.admit(command)));
    await account.settle(commands.map((command) => ({ id: command.draft.id, end: ended(1n) })));
    const poisonId = commands[11]?.draft.id;
    const posted: string[] = [];
    const others = commands.map((command) => command.draft.id).filter((id) => id !== poisonId);
    neonOf().answer = (flush) => {
      const ids = flush.receipts.map((receipt) => receipt.id);
      if (poisonId !== undefined && ids.includes(poisonId)) return { sqlstate: "23514" };
      posted.push(...ids);
      return "ok";
    };
    await runDurableObjectAlarm(account);
    expect(posted.toSorted()).toEqual(others.toSorted());
    for (let tries = 1; tries < 3; tries += 1) {
      expect(await account.status()).toMatchObject({ outboxLength: 1, poisonRows: 0 });
      vi.setSystemTime(Date.now() + MINUTE_MS);
      await runDurableObjectAlarm(account);
    }
    expect(await account.status()).toMatchObject({ outboxLength: 0, poisonRows: 1 });

    neonOf().answer = () => "ok";
    expect(await account.retryPoison()).toBe(1);
    await runDurableObjectAlarm(account);
    expect(await account.status()).toMatchObject({ outboxLength: 0, poisonRows: 0 });
  });

  it("G6: sweeps what nobody ended, once, after an eviction, and a late settle corrects it", async () => {
    const account = await openAccount(1_000n);
    const [silent, reported] = [admitCommand(400n), admitCommand(400n)];
    await account.admit(silent);
    await account.admit(reported);
    await account.checkpoint([{ id: reported.draft.id, measure: measured(120n) }]);
    await evictDurableObject(account);
    vi.setSystemTime(Date.now() + 31 * MINUTE_MS);
    expect(await runDurableObjectAlarm(account)).toBe(true);

    expect(await account.status()).toMatchObject({ balanceNano: 880n, heldNano: 0n, openHolds: 0 });
    const receipts = neonOf().flushes.flatMap((flush) => flush.receipts);
    expect(receipts.map(({ id, kind, cost_nano }) => [id, kind, cost_nano])).toEqual([
      [silent.draft.id, "unobserved", "0"],
      [reported.draft.id, "estimated", "120"],
    ]);
    await runDurableObjectAlarm(account);
    expect(neonOf().receiptIds()).toHaveLength(2);

    expect(await account.settle([{ id: silent.draft.id, end: ended(50n) }])).toEqual(["corrected"]);
    await runDurableObjectAlarm(account);
    expect(neonOf().flushes.at(-1)?.corrections).toMatchObject([
      { receipt_id: silent.draft.id, cost_delta_nano: "50" },
    ]);
    expect(await account.status()).toMatchObject({ balanceNano: 830n });
  });

  it("is set for the earliest of flush, sweep and pruning, and for nothing in an idle account", async () => {
    const account = await openAccount(1_000n);
    const alarmInMs = () =>
      runInDurableObject(account, async (_, { storage }) => {
        const atMs = await storage.getAlarm();
        return atMs === null ? null : atMs - Date.now();
      });
    expect(await alarmInMs()).toBeNull();
    const command = admitCommand(1n);
    await account.admit(command);
    expect(await alarmInMs()).toBe(31 * MINUTE_MS);
    await account.settle([{ id: command.draft.id, end: ended(1n) }]);
    expect(await alarmInMs()).toBe(1_000);
    await runDurableObjectAlarm(account);
    expect(await alarmInMs()).toBe(DAY_MS + 1);
    vi.setSystemTime(Date.now() + DAY_MS + 1);
    await runDurableObjectAlarm(account);
    expect(await alarmInMs()).toBeNull();
    await runInDurableObject(account, (_, { storage }) => {
      expect(storage.sql.exec("SELECT count(*) AS n FROM key_window").one()).toEqual({ n: 0 });
    });
    expect(await account.settle([{ id: command.draft.id, end: ended(1n) }])).toEqual(["unknown"]);
  });
});

describe("maintenance", () => {
  it("can be asked for by nobody, so that the alarm is never held back outside of an alarm", async () => {
    const account = await openAccount(1_000n);
    await runInDurableObject(account, (instance) => {
      expect(Object.getOwnPropertyNames(Object.getPrototypeOf(instance)).toSorted()).toEqual([
        "admit",
        "alarm",
        "apply",
        "authorize",
        "checkpoint",
        "constructor",
        "controlVersions",
        "credits",
        "endedCalls",
        "extend",
        "findReceipt",
        "keyState",
        "lease",
        "reconcile",
        "retryPoison",
        "returnLease",
        "settle",
        "status",
      ]);
    });
  });
});

describe("what a key reads", () => {
  it("a receipt that the ledger does not have yet, and only once its call has ended", async () => {
    const account = await openAccount(1_000n);
    const command = admitCommand(400n);
    await account.admit(command);
    expect(await account.findReceipt(READER, command.draft.id)).toMatchObject({ ok: true, value: NOTHING_WAITS });
    await account.settle([{ id: command.draft.id, end: ended(60n) }]);
    expect(await account.findReceipt(READER, command.draft.id)).toMatchObject({
      value: { receipt: { cost_nano: "60" }, corrections: [] },
    });
    const stranger = { ...READER, keyHash: "ee".repeat(32) };
    expect(await account.findReceipt(stranger, command.draft.id)).toMatchObject({ ok: false });
    await runDurableObjectAlarm(account);
    expect(await account.findReceipt(READER, command.draft.id)).toMatchObject({ ok: true, value: NOTHING_WAITS });
  });

  it("the correction of a swept receipt, before and after the ledger has the receipt itself", async () => {
    const account = await openAccount(1_000n);
    const [early, late] = [admitCommand(400n), admitCommand(400n)];
    await account.admit(early);
    await account.admit(late);
    neonOf().answer = () => "down";
    vi.setSystemTime(Date.now() + 31 * MINUTE_MS);
    await runDurableObjectAlarm(account);
    await account.settle([{ id: early.draft.id, end: ended(50n) }]);
    expect(await account.findReceipt(READER, early.draft.id)).toMatchObject({
      value: { receipt: { cost_nano: "0" }, corrections: [{ cost_delta_nano: "50", end: { kind: "measured" } }] },
    });
    neonOf().answer = () => "ok";
    vi.setSystemTime(Date.now() + MINUTE_MS);
    await runDurableObjectAlarm(account);
    await account.settle([{ id: late.draft.id, end: ended(70n) }]);
    expect(await account.findReceipt(READER, late.draft.id)).toMatchObject({
      value: { receipt: null, corrections: [{ receipt_id: late.draft.id, cost_delta_nano: "70" }] },
    });
    expect(await account.findReceipt(READER, early.draft.id)).toMatchObject({ value: NOTHING_WAITS });
    await runInDurableObject(account, (_, { storage }) => {
      const [plan] = storage.sql
        .exec(
          `EXPLAIN QUERY PLAN SELECT body FROM outbox WHERE body ->> '$.item.type' = 'correction'
            AND body ->> '$.item.correction.receipt_id' = ? ORDER BY seq`,
          "gen_1",
        )
        .toArray();
      expect(plan?.["detail"]).toContain("USING INDEX outbox_correction");
    });
  });

  it("its limits and what is used of them, and the wallet", async () => {
    const budget = { limitNano: nanoUsd(500n), period: "month" } as const;
    const account = await openAccount(1_000n, { requestsPerMinute: 10, concurrency: 3, budget });
    const [open, done] = [admitCommand(100n), admitCommand(100n)];
    await account.admit(open);
    await account.admit(done);
    await account.settle([{ id: done.draft.id, end: ended(60n) }]);
    expect(await account.keyState(READER)).toMatchObject({
      ok: true,
      value: {
        limits: { requests: { limit: 10, remaining: 8 }, tokens: null },
        concurrency: { limit: 3, used: 1 },
        budget: { limitNano: 500n, period: "month", spentNano: 60n, heldNano: 100n },
      },
    });
    expect(await account.credits(READER)).toMatchObject({
      value: { balanceNano: 940n, heldNano: 100n, availableNano: 840n },
    });
  });
});
