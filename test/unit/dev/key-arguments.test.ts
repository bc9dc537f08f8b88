import { describe, expect, test } from "vitest";
import { KeyArgumentError, readKeyCommand } from "../../../dev/keys/arguments.ts";

const NOW_MS = Date.parse("2026-11-22T00:00:00Z");
const read = (text: string) => readKeyCommand(text.split(" "), NOW_MS);

describe("npm run key", () => {
  test("every option arrives in its unit", () => {
    const line =
      "create --org Demo --name agents --mode test --budget 5.000000001 --period month --rpm 60 --tpm 1000 --concurrency 4 --models gpt-4o-mini,sandbox/echo --scopes inference,models:read --expires 2027-01-01T00:00:00Z --json";
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
      },
    });
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
    ["revoke", "one key id"],
    ["revoke org_01m82qbdaaekgrt2s2wzfxz8x1", "one key id"],
  ])("%s is refused with the reason", (line, reason) => {
    expect(() => read(line)).toThrow(KeyArgumentError);
    expect(() => read(line)).toThrow(reason);
  });
});
