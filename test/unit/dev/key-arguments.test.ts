import { describe, expect, test } from "vitest";
import { KeyArgumentError } from "../../../dev/keys/argument-error.ts";
import { readKeyCommand } from "../../../dev/keys/arguments.ts";

const NOW_MS = Date.parse("2026-11-22T00:00:00Z");
const read = (text: string) => readKeyCommand(text.split(" "), NOW_MS);

describe("npm run key", () => {
  test("every option arrives in its unit", () => {
    const line =
      "create --org Demo --name agents --mode test --budget 5.000000001 --period month --rpm 60 --tpm 1000 --concurrency 4 --models gpt-4o-mini,sandbox/echo --scopes inference,models:read --expires 2027-01-01T00:00:00Z --json --data-collection deny --zdr --region eu,us --only openai --ignore groq,xai --guard-secrets block";
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
      },
    });
  });

  test("an organization's policy is replaced, by none without options", () => {
    expect(read("org Demo --zdr")).toMatchObject({ verb: "org", organization: "Demo", policy: { zdr: true } });
    expect(read("org Demo")).toMatchObject({ policy: null });
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
