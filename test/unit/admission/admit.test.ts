import { describe, expect, it } from "vitest";
import { authorize, type AdmitCommand, type HoldRequest, type KeyRecord } from "#admission";
import { nanoUsd } from "#kernel";
import {
  ANY_ROUTE,
  constantCost,
  keyRecord,
  ORG_ID,
  outcomeOf,
  START_MS,
  TestAccount,
  type AccountSetup,
} from "./account-fixture.ts";

const DAY_MS = 86_400_000;

const MINUTE_MS = 60_000;
/** 1,000 nano-USD per token. */
const TOKEN_PRICE = { pico: 1_000_000n, per: 1n };

function outputHold(
  requested: number | null,
  change: { choices?: number; base?: bigint; input?: number } = {},
): HoldRequest {
  return {
    baseNano: nanoUsd(change.base ?? 0n),
    inputTokens: change.input ?? 10,
    output: { price: TOKEN_PRICE, requested, maximum: 1_000, minimum: 16, choices: change.choices ?? 1 },
  };
}

interface RefusalCase {
  readonly name: string;
  readonly setup?: AccountSetup;
  readonly hold?: HoldRequest;
  readonly change?: Partial<AdmitCommand>;
  readonly prepare?: (account: TestAccount) => void;
  readonly code: string;
  readonly retryAfterMs?: number | null;
}

const REFUSALS: readonly RefusalCase[] = [
  { name: "an unknown key", change: { keyHash: "bb".repeat(32) }, code: "invalid_api_key" },
  { name: "a revoked key", setup: { key: { status: "revoked" } }, code: "api_key_revoked" },
  { name: "a disabled key", setup: { key: { status: "disabled" } }, code: "api_key_disabled" },
  { name: "a key at the instant it expires", setup: { key: { expiresAtMs: START_MS } }, code: "api_key_expired" },
  {
    name: "a suspended organization",
    prepare: (account) => {
      account.apply([{ type: "organization", version: 2, organization: { id: ORG_ID, status: "suspended" } }]);
    },
    code: "organization_suspended",
  },
  { name: "a missing scope", setup: { key: { scopes: ["models:read"] } }, code: "scope_denied" },
  { name: "a model off the list", setup: { key: { models: ["openai/other"] } }, code: "model_not_allowed" },
  { name: "an address off the list", setup: { key: { ipAllow: ["10.0.0.0/8"] } }, code: "ip_not_allowed" },
  {
    name: "a model off the organization's list, though on the key's",
    setup: { key: { models: ["openai/gpt-test"] }, organization: { models: ["openai/other"] } },
    code: "model_not_allowed",
  },
  {
    name: "an address off the organization's list, though on the key's",
    setup: { key: { ipAllow: ["203.0.113.0/24"] }, organization: { ipAllow: ["10.0.0.0/8"] } },
    code: "ip_not_allowed",
  },
  {
    name: "an unknown address where a list is set",
    setup: { key: { ipAllow: ["0.0.0.0/0"] } },
    change: { clientIp: null },
    code: "ip_not_allowed",
  },
  {
    name: "one request too many in a minute",
    setup: { key: { requestsPerMinute: 1 } },
    prepare: (account) => void account.open(1n),
    code: "rate_limit_requests",
    retryAfterMs: 61_000,
  },
  {
    name: "too many tokens in a minute",
    setup: { key: { tokensPerMinute: 15 } },
    prepare: (account) => void account.open(1n, 10),
    code: "rate_limit_tokens",
    retryAfterMs: 61_000,
  },
  {
    name: "a request that no minute has tokens for",
    setup: { key: { tokensPerMinute: 9 } },
    code: "request_exceeds_token_limit",
    retryAfterMs: null,
  },
  {
    name: "no free slot",
    setup: { key: { concurrency: 1 } },
    prepare: (account) => void account.open(1n),
    code: "rate_limit_concurrency",
    retryAfterMs: 1_000,
  },
  {
    name: "a full object",
    setup: { limits: { openHoldsMax: 1 } },
    prepare: (account) => void account.open(1n),
    code: "account_unavailable",
    retryAfterMs: 1_000,
  },
  {
    name: "a budget that open holds use up",
    setup: { key: { budget: { limitNano: nanoUsd(150n), period: "month" } } },
    prepare: (account) => void account.open(100n),
    code: "key_budget_exceeded",
  },
  {
    name: "a budget that spending used up",
    setup: { key: { budget: { limitNano: nanoUsd(100n), period: "total" } } },
    prepare: (account) => void account.settle(account.open(100n), 100n),
    code: "key_budget_exceeded",
  },
  { name: "a maximum cost below the hold", change: { maxCostNano: nanoUsd(99n) }, code: "max_cost_exceeded" },
  { name: "a balance below the hold", hold: constantCost(1_001n), code: "insufficient_credit" },
  { name: "an output maximum that the caller named and cannot pay", hold: outputHold(2), code: "insufficient_credit" },
  { name: "a useful minimum that the balance does not cover", hold: outputHold(null), code: "insufficient_credit" },
];

describe("a refused admit", () => {
  it.each(REFUSALS)("$name is $code", ({ setup, hold, change, prepare, code, retryAfterMs = null }) => {
    const account = new TestAccount({ balanceNano: 1_000n, ...setup });
    prepare?.(account);
    const result = account.admit(account.command(hold ?? constantCost(100n), change));
    expect(outcomeOf(result)).toBe(code);
    expect(result.ok ? null : result.refusal.retryAfterMs).toBe(retryAfterMs);
  });

  it.each(REFUSALS)("changes nothing: $name", ({ setup, hold, change, prepare }) => {
    const account = new TestAccount({ balanceNano: 1_000n, ...setup });
    prepare?.(account);
    const before = { state: structuredClone(account.state), rows: structuredClone(account.rows.stored()) };
    account.admit(account.command(hold ?? constantCost(100n), change));
    expect({ state: account.state, rows: account.rows.stored() }).toEqual(before);
  });

  it("a test key is no live key and a live key no test key", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const { draft, ...command } = account.command(constantCost(1n));
    expect(outcomeOf(account.admit({ ...command, draft: { ...draft, mode: "test" } }))).toBe("invalid_api_key");
  });

  it("an account without an organization refuses every key", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    account.state.organization = null;
    expect(outcomeOf(account.admit(account.command(constantCost(1n))))).toBe("invalid_api_key");
  });

  it("falls back to models that are on the key's list and on its organization's alone", () => {
    const lists = {
      key: { models: ["openai/gpt-test", "openai/a"] },
      organization: { models: ["openai/gpt-test", "openai/b"] },
    };
    const account = new TestAccount({ balanceNano: 10n, ...lists });
    expect(account.admit(account.command(constantCost(1n)))).toMatchObject({
      admission: { models: ["openai/gpt-test"] },
    });
  });

  it("the checks have an order: identity before access, rates before money", () => {
    const everything: Partial<KeyRecord> = {
      status: "revoked",
      scopes: [],
      models: [],
      ipAllow: [],
      requestsPerMinute: 0,
      tokensPerMinute: 1,
      concurrency: 0,
      budget: { limitNano: nanoUsd(0n), period: "day" },
    };
    const fixes: readonly [string, Partial<KeyRecord>][] = [
      ["api_key_revoked", { status: "active" }],
      ["scope_denied", { scopes: ["inference"] }],
      ["model_not_allowed", { models: null }],
      ["ip_not_allowed", { ipAllow: null }],
      ["rate_limit_requests", { requestsPerMinute: null }],
      ["request_exceeds_token_limit", { tokensPerMinute: null }],
      ["rate_limit_concurrency", { concurrency: null }],
      ["key_budget_exceeded", { budget: null }],
      ["max_cost_exceeded", {}],
    ];
    const key = everything;
    for (const [code, fix] of fixes) {
      const account = new TestAccount({ key });
      const command = account.command(constantCost(100n), { maxCostNano: nanoUsd(1n) });
      expect(outcomeOf(account.admit(command))).toBe(code);
      Object.assign(key, fix);
    }
    const account = new TestAccount({ key });
    expect(outcomeOf(account.admit(account.command(constantCost(100n))))).toBe("insufficient_credit");
  });
});

describe("an admission", () => {
  it("holds its cost until it ends", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const id = account.open(400n);
    expect(account.availableNano).toBe(600n);
    account.settle(id, 150n);
    expect(account.availableNano).toBe(850n);
    expect(account.state.heldNano).toBe(0n);
  });

  it("names the organization, the key, the hold, its deadline and the limits as they are now", () => {
    const account = new TestAccount({ balanceNano: 1_000n, key: { requestsPerMinute: 5, tokensPerMinute: 100 } });
    account.nowMs += 250;
    const result = account.admit(account.command(constantCost(400n, 30)));
    expect(result).toEqual({
      ok: true,
      admission: {
        orgId: ORG_ID,
        keyId: account.key.id,
        heldNano: 400n,
        outputTokens: null,
        tokens: 30,
        limits: {
          requests: { limit: 5, remaining: 4, resetMs: 60_750 },
          tokens: { limit: 100, remaining: 70, resetMs: 60_750 },
        },
        policy: ANY_ROUTE,
        byok: [],
        guardrails: null,
        models: null,
        lease: null,
      },
    });
    expect(account.state.holds.values().next().value).toMatchObject({ deadlineMs: account.nowMs + 31 * MINUTE_MS });
  });

  it("repeated with the same id is the same admission and one hold", () => {
    const account = new TestAccount({ balanceNano: 1_000n, key: { requestsPerMinute: 5 } });
    const command = account.command(constantCost(400n));
    const first = account.admit(command);
    expect(account.admit(command)).toEqual(first);
    expect(account.availableNano).toBe(600n);
  });

  it("is refused under an id whose hold has ended: one id is one receipt", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const command = account.command(constantCost(400n));
    account.admit(command);
    account.settle(command.draft.id, 100n);
    expect(outcomeOf(account.admit(command))).toBe("internal_error");
    expect(account.rows.outbox()).toHaveLength(1);
  });
});

describe("the output grant", () => {
  const grantOf = (setup: AccountSetup, hold: HoldRequest, change: Partial<AdmitCommand> = {}) => {
    const account = new TestAccount({ balanceNano: 1_000_000n, ...setup });
    const result = account.admit(account.command(hold, change));
    return result.ok ? result.admission : result.refusal.code;
  };

  it("is what the caller named, held in full", () => {
    expect(grantOf({}, outputHold(200))).toMatchObject({ outputTokens: 200, heldNano: 200_000n });
  });

  it("is the model's maximum where nothing limits it", () => {
    expect(grantOf({ balanceNano: 5_000_000n }, outputHold(null))).toMatchObject({ outputTokens: 1_000 });
  });

  it("never passes the model's maximum, whatever the caller named", () => {
    expect(grantOf({ balanceNano: 5_000_000n }, outputHold(9_999))).toMatchObject({ outputTokens: 1_000 });
  });

  it("is what the wallet affords after the input", () => {
    expect(grantOf({ balanceNano: 500_500n }, outputHold(null, { base: 100_000n }))).toMatchObject({
      outputTokens: 400,
      heldNano: 500_000n,
    });
  });

  it("is divided among the choices", () => {
    expect(grantOf({ balanceNano: 500_000n }, outputHold(null, { choices: 4 }))).toMatchObject({
      outputTokens: 125,
      heldNano: 500_000n,
    });
  });

  it("is what the key's budget affords", () => {
    const budget = { limitNano: nanoUsd(300_000n), period: "day" } as const;
    expect(grantOf({ key: { budget } }, outputHold(null))).toMatchObject({ outputTokens: 300 });
  });

  it("is what the caller's maximum cost affords", () => {
    expect(grantOf({}, outputHold(null), { maxCostNano: nanoUsd(50_999n) })).toMatchObject({ outputTokens: 50 });
  });

  it("is what the token window has left", () => {
    expect(grantOf({ key: { tokensPerMinute: 110 } }, outputHold(null))).toMatchObject({ outputTokens: 100 });
  });

  it("below the minimum is a refusal that names what is short", () => {
    expect(grantOf({ balanceNano: 15_999n }, outputHold(null))).toBe("insufficient_credit");
    expect(grantOf({ balanceNano: 16_000n }, outputHold(null))).toMatchObject({ outputTokens: 16 });
    expect(grantOf({ key: { tokensPerMinute: 25 } }, outputHold(null))).toBe("request_exceeds_token_limit");
  });

  it("of a free model is its maximum, and zero output tokens may be asked for", () => {
    const free = {
      ...outputHold(null),
      output: { price: { pico: 0n, per: 1n }, requested: null, maximum: 50, minimum: 16, choices: 1 },
    };
    expect(grantOf({ balanceNano: 0n }, free)).toMatchObject({ outputTokens: 50, heldNano: 0n });
    expect(grantOf({ balanceNano: 0n }, outputHold(0))).toMatchObject({ outputTokens: 0, heldNano: 0n });
  });
});

describe("authorize", () => {
  const ask = (account: TestAccount, scope: "account:read" | "models:read" = "account:read") =>
    authorize(
      account.state,
      { keyHash: account.key.hash, mode: "live", scope, clientIp: "203.0.113.7" },
      account.context,
      (key) => key.record.id,
    );

  it("answers who asks, and a suspended organization may still read", () => {
    const account = new TestAccount();
    account.apply([{ type: "organization", version: 2, organization: { id: ORG_ID, status: "suspended" } }]);
    expect(ask(account)).toEqual({
      ok: true,
      identity: { orgId: ORG_ID, keyId: account.key.id },
      value: account.key.id,
    });
  });

  it("refuses a missing scope, a foreign address and a revoked key", () => {
    expect(ask(new TestAccount(), "models:read")).toMatchObject({ refusal: { code: "scope_denied" } });
    expect(ask(new TestAccount({ key: { ipAllow: ["10.1.1.1"] } }))).toMatchObject({
      refusal: { code: "ip_not_allowed" },
    });
    expect(ask(new TestAccount({ organization: { ipAllow: ["10.1.1.1"] } }))).toMatchObject({
      refusal: { code: "ip_not_allowed" },
    });
    expect(ask(new TestAccount({ key: { status: "revoked" } }))).toMatchObject({
      refusal: { code: "api_key_revoked" },
    });
  });
});

describe("events", () => {
  it("apply once, and only a newer version replaces a record", () => {
    const account = new TestAccount({ balanceNano: 5n });
    const credit = { type: "credit", entryId: "txn_2", amountNano: nanoUsd(7n) } as const;
    expect(account.apply([credit, credit])).toEqual({ ok: true, applied: 1, repeated: 1 });
    expect(account.apply([credit])).toEqual({ ok: true, applied: 0, repeated: 1 });
    expect(account.state.balanceNano).toBe(12n);

    account.apply([{ type: "key", version: 3, key: keyRecord({ status: "revoked" }) }]);
    account.apply([{ type: "key", version: 2, key: keyRecord({ status: "active" }) }]);
    expect(outcomeOf(account.admit(account.command(constantCost(1n))))).toBe("api_key_revoked");
  });

  it("of another organization, or past the bound on keys, are refused whole", () => {
    const account = new TestAccount({ limits: { keysMax: 1 } });
    const credit = { type: "credit", entryId: "txn_2", amountNano: nanoUsd(7n) } as const;
    const other = { type: "organization", version: 9, organization: { id: "org_other", status: "active" } } as const;
    expect(account.apply([credit, other])).toEqual({ ok: false, reason: "other_organization" });
    const key = { type: "key", version: 1, key: keyRecord({ hash: "cc" }) } as const;
    expect(account.apply([credit, key])).toEqual({ ok: false, reason: "too_many_keys" });
    expect(account.state.balanceNano).toBe(0n);
  });

  it("past the bound on budget scopes are refused, but for a key that is revoked or disabled: no bound stands before its end", () => {
    const account = new TestAccount({ limits: { scopesMax: 2 } });
    const tagged = (version: number, change: Partial<KeyRecord>) =>
      ({ type: "key", version, key: keyRecord({ tags: ["one", "two", "three"], ...change }) }) as const;
    expect(account.apply([tagged(2, {})])).toEqual({ ok: false, reason: "too_many_scopes" });
    expect(account.apply([tagged(3, { status: "disabled" })])).toMatchObject({ ok: true, applied: 1 });
    expect(account.apply([tagged(4, {})])).toEqual({ ok: false, reason: "too_many_scopes" });
    expect(account.apply([tagged(5, { status: "revoked" })])).toMatchObject({ ok: true, applied: 1 });
    expect(outcomeOf(account.admit(account.command(constantCost(0n))))).toBe("api_key_revoked");
  });

  describe("at the bound on keys", () => {
    const event = (version: number, change: Partial<KeyRecord>) =>
      ({ type: "key", version, key: keyRecord(change) }) as const;
    const [second, third] = [event(1, { hash: "bb" }), event(1, { hash: "cc" })];
    const fullAccount = () => {
      const account = new TestAccount({ balanceNano: 100n, limits: { keysMax: 2 } });
      account.apply([second]);
      return account;
    };

    it("a key that has been revoked for a day makes room; it stays revoked, whatever old event is repeated", () => {
      const account = fullAccount();
      account.open(1n);
      account.settle([...account.state.holds.keys()][0] ?? "", 1n);
      account.apply([event(2, { status: "revoked" })]);
      account.nowMs += DAY_MS;
      account.restart();
      expect(account.apply([third])).toMatchObject({ ok: false });
      account.nowMs += 1;
      expect(account.apply([third])).toMatchObject({ ok: true, applied: 1 });
      account.restart();
      expect(account.rows.stored()).toMatchObject({ keyRecords: [{ hash: "bb" }, { hash: "cc" }], keyWindows: [] });
      expect(account.apply([event(1, {}), event(3, { status: "revoked" })])).toMatchObject({ applied: 0, repeated: 2 });
      expect(outcomeOf(account.admit(account.command(constantCost(1n))))).toBe("api_key_revoked");
    });

    it("a revoked key with an open call does not make room, and one whose call was swept is still corrected", () => {
      const account = fullAccount();
      const id = account.open(10n);
      account.apply([event(2, { status: "revoked" })]);
      account.nowMs += DAY_MS + 1;
      expect(account.apply([third])).toMatchObject({ ok: false, reason: "too_many_keys" });
      account.sweep();
      expect(account.apply([third])).toMatchObject({ ok: true });
      account.restart();
      expect(account.settle(id, 10n)).toBe("corrected");
      expect(account.state.balanceNano).toBe(90n);
    });

    it("hashes of dropped keys are bounded too", () => {
      const account = new TestAccount({ limits: { keysMax: 1, retiredKeysMax: 0 } });
      account.apply([event(2, { status: "revoked" })]);
      account.nowMs += DAY_MS + 1;
      expect(account.apply([third])).toEqual({ ok: false, reason: "too_many_keys" });
    });
  });

  it("G19: a revoked key admits nothing more, and its open call still frees its slot and settles", () => {
    const account = new TestAccount({ balanceNano: 100n, key: { concurrency: 1 } });
    const id = account.open(10n);
    account.apply([{ type: "key", version: 2, key: { ...account.key, status: "revoked" } }]);
    expect(outcomeOf(account.admit(account.command(constantCost(1n))))).toBe("api_key_revoked");
    expect(account.settle(id, 10n)).toBe("settled");
    expect(account.state.keys.get(account.key.hash)?.openHolds).toBe(0);
  });
});
