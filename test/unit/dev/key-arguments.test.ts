import { describe, expect, test } from "vitest";
import { KeyArgumentError } from "../../../dev/keys/argument-error.ts";
import { readKeyCommand } from "../../../dev/keys/arguments.ts";

const NOW_MS = Date.parse("2026-11-22T00:00:00Z");
const read = (text: string) => readKeyCommand(text.split(" "), NOW_MS);

describe("npm run key", () => {
  test("every option arrives in its unit", () => {
    const line =
      "create --org Demo --name agents --mode test --budget 5.000000001 --period month --rpm 60 --tpm 1000 --concurrency 4 --models gpt-4o-mini,sandbox/echo --scopes inference,models:read --expires 2027-01-01T00:00:00Z --json --data-collection deny --zdr --region eu,us --only openai --ignore groq,xai --guard-secrets block --strict --member mem_01jd2v5f9gfq2t0000000000zz --tags team:a,prod";
    expect(read(line)).toEqual({
      verb: "create",
      organization: "Demo",
      json: true,
      input: {
        name: "agents",
        mode: "test",
        scopes: ["inference", "models:read"],
        models: ["openai/gpt-4o-mini", "sandbox/echo"],
        expiresAt: new Date("2027-01-01T00:00:00Z"),
        requestsPerMinute: 60,
        tokensPerMinute: 1000,
        concurrency: 4,
        budget: { limitNano: 5_000_000_001n, period: "month" },
        policy: {
          dataCollection: "deny",
          zdr: true,
          regions: ["eu", "us"],
          providersOnly: ["openai"],
          providersIgnore: ["groq", "xai"],
        },
        guardrails: { secrets: "block", cards: "off" },
        strict: true,
        memberId: "mem_01jd2v5f9gfq2t0000000000zz",
        tags: ["team:a", "prod"],
      },
    });
  });

  test("without options a key is live, unlimited and may do everything", () => {
    expect(read("create --org Demo")).toMatchObject({
      json: false,
      input: {
        mode: "live",
        scopes: ["inference", "models:read", "account:read"],
        models: null,
        expiresAt: null,
        requestsPerMinute: null,
        tokensPerMinute: null,
        concurrency: null,
        budget: null,
        policy: null,
        guardrails: null,
        strict: false,
        memberId: null,
        tags: [],
      },
    });
  });

  test("an organization's policy is replaced, by none without options", () => {
    expect(read("org Demo --zdr")).toMatchObject({ verb: "org", organization: "Demo", policy: { zdr: true } });
    expect(read("org Demo")).toMatchObject({ policy: null });
  });

  test("of an organization's settings only what is named changes", () => {
    expect(read("settings Demo --strict")).toMatchObject({ settings: { strict: true, timeZone: null } });
    expect(read("settings Demo --no-strict --time-zone Asia/Kathmandu")).toEqual({
      verb: "settings",
      organization: "Demo",
      settings: { strict: false, timeZone: "Asia/Kathmandu" },
      json: false,
    });
  });

  test("budgets of a scope are replaced, by none without options", () => {
    expect(read("budget Demo organization --month 100 --day 0.000000001")).toEqual({
      verb: "budget",
      organization: "Demo",
      scope: "organization",
      limits: [
        { period: "day", limitNano: 1n },
        { period: "month", limitNano: 100_000_000_000n },
      ],
      json: false,
    });
    expect(read("budget Demo tag:prod --week 0")).toMatchObject({ scope: "tag prod", limits: [{ limitNano: 0n }] });
    expect(read("budget Demo mem_01jd2v5f9gfq2t0000000000zz")).toMatchObject({
      scope: "member mem_01jd2v5f9gfq2t0000000000zz",
      limits: [],
    });
  });

  test("promotional credit may end, and be used before other credit", () => {
    expect(read("credit Demo 2.50 --expires 2026-12-01 --priority 3")).toEqual({
      verb: "credit",
      organization: "Demo",
      credit: { amountNano: 2_500_000_000n, priority: 3, expiresAt: new Date("2026-12-01") },
      json: false,
    });
    expect(read("credit Demo 1")).toMatchObject({ credit: { priority: null, expiresAt: null } });
  });

  test("an own provider key is used first, only, or not at all", () => {
    for (const mode of ["first", "only", "off"]) {
      expect(read(`byok Demo openai --mode ${mode}`)).toEqual({
        verb: "byok",
        organization: "Demo",
        provider: "openai",
        mode,
        json: false,
      });
    }
  });

  test.each([
    ["make --org Demo", "the verb"],
    ["create", "--org is missing"],
    ["create --org Demo extra", "the verb"],
    ["create --org Demo --frob 1", "--frob"],
    ["create --org Demo --mode both", "--mode"],
    ["create --org Demo --rpm 0", "--rpm"],
    ["create --org Demo --tpm 1.5", "--tpm"],
    ["create --org Demo --concurrency 2147483648", "--concurrency"],
    ["create --org Demo --budget 5", "go together"],
    ["create --org Demo --period month", "go together"],
    ["create --org Demo --budget five --period month", "--budget"],
    ["create --org Demo --budget=-1 --period month", "--budget"],
    ["create --org Demo --budget 0.0000000001 --period month", "--budget"],
    ["create --org Demo --budget 5 --period year", "--period"],
    ["create --org Demo --scopes inference,root", "--scopes"],
    ["create --org Demo --models openai/gpt-4o-mni", "did you mean openai/gpt-4o-mini"],
    ["create --org Demo --models a,,b", "--models"],
    ["create --org Demo --expires tomorrow", "--expires"],
    ["create --org Demo --expires 2026-02-31T00:00:00Z0", "--expires"],
    ["create --org Demo --expires 2026-11-21", "past"],
    ["create --org Demo --data-collection allow", "--data-collection"],
    ["create --org Demo --region EU!", "--region"],
    ["create --org Demo --only nobody", "--only"],
    ["create --org Demo --ignore openai,,groq", "--ignore"],
    ["create --org Demo --guard-cards shout", "--guard-cards"],
    ["create --org Demo --tags a,B", "--tags"],
    ["create --org Demo --tags a,b,c,d,e,f,g,h,i", "at most 8"],
    ["create --org Demo --tags -a", "argument is ambiguous"],
    ["create --org Demo --tags=-a", "--tags"],
    [`create --org Demo --tags ${"a".repeat(65)}`, "--tags"],
    ["create --org Demo --member me", "--member"],
    ["create --org Demo --strict=yes", "--strict"],
    ["create --org Demo --time-zone UTC", "create does not take --time-zone"],
    ["create --org Demo --day 5", "create does not take --day"],
    ["revoke key_01m82qbdaaekgrt2s2wzfxz8x1 --rpm 5", "revoke does not take --rpm"],
    ["settings", "one organization"],
    ["settings Demo", "settings takes"],
    ["settings Demo --time-zone Mars/Base", "there is no"],
    ["settings Demo --time-zone BST", "there is no"],
    ["settings Demo --time-zone +01:00", "there is no"],
    ["settings Demo --zdr", "settings does not take --zdr"],
    ["budget Demo", "whose budget"],
    ["budget Demo everybody --day 5", "a budget is one of"],
    ["budget Demo tag: --day 5", "a budget is one of"],
    ["budget Demo tag:A --day 5", "a budget is one of"],
    ["budget Demo key_01m82qbdaaekgrt2s2wzfxz8x1 --day 5", "a budget is one of"],
    ["budget Demo organization --day=-1", "--day takes USD"],
    ["budget Demo organization --day 99999999999", "--day takes USD"],
    ["budget Demo organization --day 9223372037", "--day takes USD"],
    ["budget Demo organization --month 0.0000000001", "--month takes USD"],
    ["budget Demo organization --week 1e3", "--week takes USD"],
    ["budget Demo organization --total NaN", "--total takes USD"],
    ["budget Demo organization --year 5", "--year"],
    ["budget Demo organization --budget 5 --period day", "budget does not take --budget"],
    ["credit Demo", "an amount"],
    ["credit Demo 0", "above zero"],
    ["credit Demo --expires 2026-12-01 -- -5", "credit takes USD"],
    ["credit Demo 5 --expires 2026-11-01", "past"],
    ["credit Demo 5 --priority 1001", "--priority"],
    ["credit Demo 5 --priority 0.5", "--priority"],
    ["org", "one organization"],
    ["byok Demo", "an organization and a provider"],
    ["byok Demo openai", "--mode"],
    ["byok Demo openai --mode live", "--mode"],
    ["byok Demo nobody --mode only", "none of"],
    ["revoke", "one key id"],
    ["revoke org_01m82qbdaaekgrt2s2wzfxz8x1", "one key id"],
  ])("%s is refused with the reason", (line, reason) => {
    expect(() => read(line)).toThrow(KeyArgumentError);
    expect(() => read(line)).toThrow(reason);
  });
});
