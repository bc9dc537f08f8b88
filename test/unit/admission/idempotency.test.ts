import { describe, expect, it } from "vitest";
import type { AdmitResult } from "#admission";
import { constantCost, keyRecord, outcomeOf, TestAccount } from "./account-fixture.ts";

const HOUR_MS = 3_600_000;
const IDEMPOTENCY = "1d".repeat(32);
const OTHER_KEY = keyRecord({ id: "key_01jd0000000000000000000002", hash: "bb".repeat(32) });

function openAccount(limits: Partial<TestAccount["limits"]> = {}): TestAccount {
  const account = new TestAccount({ balanceNano: 10_000n, limits });
  account.apply([{ type: "key", version: 1, key: OTHER_KEY }]);
  return account;
}

/** One call under an idempotency key, and the id that it was sent with. */
function call(account: TestAccount, hash = IDEMPOTENCY, keyHash = account.key.hash) {
  const command = account.command(constantCost(100n), { idempotency: { keyHash: hash }, keyHash });
  return { id: command.draft.id, command, result: account.admit(command) };
}

const refusal = (result: AdmitResult) => (result.ok ? null : result.refusal);

describe("a second call under one idempotency key", () => {
  it("is refused while the first runs, with the first one's receipt, and worth another try", () => {
    const account = openAccount();
    const first = call(account);
    account.restart();
    expect(refusal(call(account).result)).toMatchObject({
      code: "idempotency_in_progress",
      params: { receipt_id: first.id },
      retryAfterMs: 1_000,
    });
    expect(account.state.holds.size).toBe(1);
  });

  it("G22: is refused after the first ended, so that a client's retry bills once", () => {
    const account = openAccount();
    const first = call(account);
    account.settle(first.id, 60n);
    for (const restarts of [false, true]) {
      if (restarts) account.restart();
      expect(refusal(call(account).result)).toEqual({
        code: "idempotency_key_reused",
        params: { receipt_id: first.id },
        retryAfterMs: null,
        limits: null,
      });
    }
    expect(account.state.balanceNano).toBe(9_940n);
    expect(account.rows.outbox()).toHaveLength(1);
  });

  it("is refused before limits and money are asked: a retry is told of its receipt, not of a limit", () => {
    const account = openAccount();
    const first = call(account);
    account.settle(first.id, 10_000n);
    expect(outcomeOf(call(account).result)).toBe("idempotency_key_reused");
  });

  it("changes nothing when it is refused", () => {
    const account = openAccount();
    account.settle(call(account).id, 60n);
    const before = structuredClone(account.rows.stored());
    call(account);
    expect(account.rows.stored()).toEqual(before);
  });

  it("is the first one's own admission again when it is the same command", () => {
    const account = openAccount();
    const { command, result } = call(account);
    expect(account.admit(command)).toEqual(result);
    expect(account.state.holds.size).toBe(1);
  });
});

describe("an idempotency key is free", () => {
  it("G28: for another API key of the organization, running or ended", () => {
    const account = openAccount();
    const first = call(account);
    const other = call(account, IDEMPOTENCY, OTHER_KEY.hash);
    expect(outcomeOf(other.result)).toBe("admitted");
    account.settle(first.id, 60n);
    account.settle(other.id, 60n);
    account.restart();
    const [again, otherAgain] = [call(account), call(account, IDEMPOTENCY, OTHER_KEY.hash)];
    expect(refusal(again.result)?.params).toEqual({ receipt_id: first.id });
    expect(refusal(otherAgain.result)?.params).toEqual({ receipt_id: other.id });
  });

  it.each(["failed", "interrupted", "aborted"] as const)(
    "when its call %s and cost nothing: a retry may run",
    (outcome) => {
      const account = openAccount();
      account.settle(call(account).id, 0n, { outcome });
      expect(outcomeOf(call(account).result)).toBe("admitted");
    },
  );

  it("when its call was refused: nothing ran", () => {
    const account = openAccount();
    account.apply([{ type: "key", version: 2, key: { ...account.key, requestsPerMinute: 1 } }]);
    account.settle(call(account, "2d".repeat(32)).id, 1n);
    expect(outcomeOf(call(account).result)).toBe("rate_limit_requests");
    account.nowMs += 62_000;
    expect(outcomeOf(call(account).result)).toBe("admitted");
  });

  it("24 hours after its call ended, pruned or not, and its row goes with the pruning", () => {
    const account = openAccount();
    account.settle(call(account).id, 60n);
    account.nowMs += 24 * HOUR_MS;
    account.prune();
    expect(outcomeOf(call(account).result)).toBe("idempotency_key_reused");
    account.nowMs += 1;
    const second = call(account);
    expect(outcomeOf(second.result)).toBe("admitted");
    account.prune();
    expect(account.rows.stored().idempotency).toEqual([]);
    account.settle(second.id, 60n);
    expect(outcomeOf(call(account).result)).toBe("idempotency_key_reused");
  });
});

describe("an idempotency key is not free", () => {
  it.each([
    ["failed with a charge", 5n, "failed"],
    ["broke off with a charge", 5n, "interrupted"],
    ["was aborted with a charge", 5n, "aborted"],
    ["was answered and cost nothing", 0n, "completed"],
  ] as const)("when its call %s", (_, costNano, outcome) => {
    const account = openAccount();
    account.settle(call(account).id, costNano, { outcome });
    expect(outcomeOf(call(account).result)).toBe("idempotency_key_reused");
  });

  it("when nobody saw how its call ended, though nothing was charged", () => {
    const account = openAccount();
    const first = call(account);
    account.nowMs += HOUR_MS;
    account.sweep();
    expect(refusal(call(account).result)).toMatchObject({
      code: "idempotency_key_reused",
      params: { receipt_id: first.id },
    });
  });
});

describe("the bound on idempotency keys", () => {
  const names = ["0a", "0b", "0c", "0d"].map((text) => text.repeat(32));
  const [first = "", second = "", third = "", fourth = ""] = names;

  it("refuses a new key and forgets none before its time, so that no call is charged twice", () => {
    const account = openAccount({ idempotencyKeysMax: 2 });
    account.settle(call(account, first).id, 1n);
    account.nowMs += HOUR_MS;
    account.settle(call(account, second).id, 1n);
    account.restart();
    const before = structuredClone(account.rows.stored());
    expect(refusal(call(account, third).result)).toMatchObject({
      code: "idempotency_keys_exhausted",
      retryAfterMs: 23 * HOUR_MS + 1,
    });
    expect(account.rows.stored()).toEqual(before);
    expect(outcomeOf(call(account, first).result)).toBe("idempotency_key_reused");
    expect(outcomeOf(call(account, second).result)).toBe("idempotency_key_reused");
    expect(outcomeOf(account.admit(account.command(constantCost(1n))))).toBe("admitted");
  });

  it("lets a new key in at the very instant that it named, and no more than one", () => {
    const account = openAccount({ idempotencyKeysMax: 2 });
    account.settle(call(account, first).id, 1n);
    account.nowMs += 1;
    account.settle(call(account, second).id, 1n);
    account.nowMs += refusal(call(account, third).result)?.retryAfterMs ?? 0;
    expect(outcomeOf(call(account, third).result)).toBe("admitted");
    expect(outcomeOf(call(account, fourth).result)).toBe("idempotency_keys_exhausted");
    expect(account.rows.stored().idempotency).toHaveLength(1);
  });

  it("counts those of running calls, which are remembered when they end", () => {
    const account = openAccount({ idempotencyKeysMax: 2 });
    const open = [call(account, first), call(account, second)];
    expect(refusal(call(account, third).result)).toMatchObject({
      code: "idempotency_keys_exhausted",
      retryAfterMs: 1_000,
    });
    for (const { id } of open) account.settle(id, 1n);
    expect(account.rows.stored().idempotency).toHaveLength(2);
    expect(names.slice(0, 2).map((name) => outcomeOf(call(account, name).result))).toEqual([
      "idempotency_key_reused",
      "idempotency_key_reused",
    ]);
  });
});
