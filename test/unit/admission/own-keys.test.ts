import { describe, expect, it } from "vitest";
import type { AccountEvent, OwnKeyMode } from "#admission";
import { nanoUsd } from "#kernel";
import { constantCost, outcomeOf, TestAccount } from "./account-fixture.ts";

const FEE_PER_MILLION = 50_000n;

function keyEvent(provider: string, mode: OwnKeyMode, version = 1): AccountEvent {
  return { type: "provider_key", version, provider, key: { sealed: `sealed-${version}`, keyVersion: "k1", mode } };
}

function admit(account: TestAccount, costNano: bigint, providers: readonly string[]) {
  const options = { providers, byokFeePerMillion: FEE_PER_MILLION };
  return account.admit(account.command(constantCost(costNano), options));
}

describe("an organization's own provider keys", () => {
  it("come back with the admission for the candidates alone, also after a restart", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    account.apply([keyEvent("openai", "first"), keyEvent("groq", "only")]);
    account.restart();
    expect(admit(account, 10n, ["mistral", "groq"])).toMatchObject({
      admission: { byok: [{ provider: "groq", sealed: "sealed-1", keyVersion: "k1", mode: "only" }] },
    });
    expect(account.admit(account.command(constantCost(10n)))).toMatchObject({ admission: { byok: [] } });
  });

  it("once removed stay removed, whatever old event is repeated", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    account.apply([keyEvent("openai", "first", 1)]);
    account.apply([{ type: "provider_key", version: 2, provider: "openai", key: null }]);
    account.restart();
    expect(account.apply([keyEvent("openai", "first", 1)])).toEqual({ ok: true, applied: 0, repeated: 1 });
    expect(admit(account, 10n, ["openai"])).toMatchObject({ admission: { byok: [] } });
    account.apply([keyEvent("openai", "only", 3)]);
    expect(admit(account, 10n, ["openai"])).toMatchObject({ admission: { byok: [{ sealed: "sealed-3" }] } });
  });

  it("are bounded in number and size, and a batch beyond is refused whole", () => {
    const account = new TestAccount({ limits: { providerKeysMax: 2, sealedCharactersMax: 10 } });
    account.apply([keyEvent("a", "first")]);
    const before = structuredClone(account.rows.stored());
    expect(account.apply([keyEvent("b", "first"), keyEvent("c", "first")])).toEqual({
      ok: false,
      reason: "too_many_provider_keys",
    });
    const large = { sealed: "x".repeat(11), keyVersion: "k1", mode: "first" } as const;
    expect(account.apply([{ type: "provider_key", version: 2, provider: "a", key: large }])).toEqual({
      ok: false,
      reason: "provider_key_too_large",
    });
    expect(account.rows.stored()).toEqual(before);
  });

  it("are looked up for a bounded number of candidates", () => {
    const account = new TestAccount({ balanceNano: 1_000n });
    const providers = Array.from({ length: 17 }, (_, index) => `p${index}`);
    expect(() => admit(account, 10n, providers)).toThrow(expect.objectContaining({ code: "internal_error" }));
    expect(account.state.holds.size).toBe(0);
  });
});

describe("the hold of a call on own keys", () => {
  it("is the fee, rounded up, when every candidate is called on the own key only", () => {
    const account = new TestAccount({ balanceNano: 51n });
    account.apply([keyEvent("openai", "only"), keyEvent("groq", "only")]);
    expect(admit(account, 1_001n, ["openai", "groq"])).toMatchObject({ admission: { heldNano: 51n } });
    expect(outcomeOf(admit(account, 1n, ["openai"]))).toBe("insufficient_credit");
  });

  it.each([
    ["one candidate has none", ["openai", "mistral"]],
    ["one may fall back to ours", ["openai", "groq"]],
    ["no candidate is named", []],
  ])("is the whole price when %s", (_, providers) => {
    const account = new TestAccount({ balanceNano: 1_000n });
    account.apply([keyEvent("openai", "only"), keyEvent("groq", "first")]);
    expect(admit(account, 1_000n, providers)).toMatchObject({ admission: { heldNano: 1_000n } });
    expect(outcomeOf(admit(account, 1n, providers))).toBe("insufficient_credit");
  });

  it("grants the output that the fee affords: one token more would not fit", () => {
    const account = new TestAccount({ balanceNano: 100n });
    account.apply([keyEvent("openai", "only")]);
    const output = { price: { pico: 3_000n, per: 1n }, requested: null, maximum: 10_000, minimum: 1, choices: 2 };
    const hold = { baseNano: nanoUsd(7n), inputTokens: 1, output };
    const command = account.command(hold, { providers: ["openai"], byokFeePerMillion: FEE_PER_MILLION });
    // 100 nano-USD at 5 % pay for 2,000; 7 of it is input, and 332 x 2 tokens at 3 nano-USD are 1,992.
    expect(account.admit(command)).toMatchObject({ admission: { outputTokens: 332, heldNano: 100n } });
  });

  it("without a fee is nothing, and asks an overdrawn wallet for nothing", () => {
    const account = new TestAccount({ balanceNano: 10n });
    account.apply([keyEvent("openai", "only")]);
    account.settle(account.open(10n), 30n);
    const output = { price: { pico: 3_000n, per: 1n }, requested: null, maximum: 500, minimum: 1, choices: 1 };
    const hold = { baseNano: nanoUsd(7n), inputTokens: 1, output };
    const command = account.command(hold, { providers: ["openai"], byokFeePerMillion: 0n });
    expect(account.admit(command)).toMatchObject({ admission: { heldNano: 0n, outputTokens: 500 } });
  });
});
