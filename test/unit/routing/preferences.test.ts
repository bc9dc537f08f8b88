import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "#kernel";
import { parseModelName, parseProviderPreferences } from "#routing";

describe("the `provider` object", () => {
  it("is read as OpenRouter has it", () => {
    const read = parseProviderPreferences({
      order: ["a", "b"],
      only: null,
      sort: { by: "latency", partition: "none" },
      max_price: { prompt: 1, completion: "2.5", request: "0.000000000001", image: null },
      require_parameters: true,
      data_collection: "deny",
      zdr: true,
      region: "eu",
      allow_fallbacks: false,
      quantizations: ["fp8"],
    });
    expect(read).toEqual({
      order: ["a", "b"],
      only: null,
      ignore: null,
      sort: "latency",
      maxPrice: {
        promptPico: 1_000_000_000_000n,
        completionPico: 2_500_000_000_000n,
        requestPico: 1n,
        imagePico: null,
      },
      requireParameters: true,
      dataCollection: "deny",
      zdr: true,
      regions: ["eu"],
      allowFallbacks: false,
      quantizations: ["fp8"],
    });
  });

  it("absent, null or empty wishes nothing", () => {
    expect(parseProviderPreferences(undefined)).toEqual(parseProviderPreferences({}));
    expect(parseProviderPreferences(null)).toEqual(parseProviderPreferences({ data_collection: "allow", zdr: false }));
  });

  it.each([
    ["openai", "provider"],
    [[], "provider"],
    [{ zrd: true }, "provider"],
    [{ zdr: "true" }, "provider.zdr"],
    [{ only: "openai" }, "provider.only"],
    [{ ignore: ["a", 1] }, "provider.ignore.1"],
    [{ ignore: Array.from({ length: 33 }, () => "a") }, "provider.ignore"],
    [{ only: ["a".repeat(200)] }, "provider.only.0"],
    [{ data_collection: "never" }, "provider.data_collection"],
    [{ sort: "cost" }, "provider.sort"],
    [{ max_price: { promt: 1 } }, "provider.max_price"],
    [{ max_price: { prompt: "cheap" } }, "provider.max_price.prompt"],
    [{ max_price: { prompt: -1 } }, "provider.max_price.prompt"],
    [{ max_price: { prompt: "1e-3" } }, "provider.max_price.prompt"],
  ])("G24: %j is refused by the name of %s, not ignored", (value, param) => {
    expect(() => parseProviderPreferences(value)).toThrow(
      expect.objectContaining({ code: "invalid_parameter", param }),
    );
  });

  it("whatever it is, it is read or refused", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        try {
          parseProviderPreferences(value);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
    );
  });
});

describe("a model's name", () => {
  it.each([
    ["a/m", { name: "a/m", sort: null, online: false }],
    ["a/m:floor", { name: "a/m", sort: "price", online: false }],
    ["a/m:nitro", { name: "a/m", sort: "throughput", online: false }],
    ["a/m:online", { name: "a/m", sort: null, online: true }],
    ["bedrock/nova-lite-v1:0", { name: "bedrock/nova-lite-v1:0", sort: null, online: false }],
    ["bedrock/nova-lite-v1:0:floor", { name: "bedrock/nova-lite-v1:0", sort: "price", online: false }],
    ["a/m:FLOOR", { name: "a/m:FLOOR", sort: null, online: false }],
  ])("%s", (text, read) => {
    expect(parseModelName(text)).toEqual(read);
  });
});
