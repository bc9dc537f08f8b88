import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { buildCatalog, catalogText } from "../../../dev/catalog/build.ts";
import { decodeDated, encodeDated } from "../../../src/catalog/encoded.ts";
import { catalogVersion, endpointsOf, findModel, models, priceSheet } from "#catalog";

const FILE = new URL("../../../src/catalog/generated/catalog.json", import.meta.url);
const PACKAGE = new URL("../../../node_modules/@pydantic/genai-prices/package.json", import.meta.url);
const text = readFileSync(FILE, "utf8");
const nowMs = Date.UTC(2026, 10, 22);

const version = (): string => {
  const parsed: { version: string } = JSON.parse(readFileSync(PACKAGE, "utf8"));
  return parsed.version;
};

describe("the generated catalogue", () => {
  it("is what the installed price package gives, byte for byte", () => {
    const built = buildCatalog(version());
    expect(catalogVersion.split(".")[1]).toBe(built.hash);
    expect(catalogText(catalogVersion, built.content)).toBe(text);
  });

  it("stays within 40 kB of gzip", () => {
    expect(gzipSync(text).length).toBeLessThanOrEqual(40_960);
  });

  it("names a date and a hash as its version", () => {
    expect(catalogVersion).toMatch(/^\d{4}-\d{2}-\d{2}\.[0-9a-f]{8}$/);
  });

  it("carries every wired provider and the three sandbox models", () => {
    const providers = new Set(models().flatMap((model) => model.endpoints.map((endpoint) => endpoint.provider)));
    expect([...providers].sort()).toEqual(["deepseek", "groq", "mistral", "openai", "sandbox", "xai"]);
    for (const id of ["sandbox/echo", "sandbox/lorem", "sandbox/embed"]) expect(findModel(id)?.id).toBe(id);
  });

  it("prices every model today: input always, output for chats", () => {
    for (const model of models()) {
      for (const endpoint of endpointsOf(model)) {
        const sheet = priceSheet(endpoint, nowMs, null);
        expect(sheet?.prices.input, endpoint.id).toBeDefined();
        if (model.operations.includes("chat.completions")) expect(sheet?.prices.output, endpoint.id).toBeDefined();
      }
    }
  });

  it("makes only the sandbox free: a zero elsewhere would be a missing price read as one", () => {
    for (const model of models()) {
      for (const endpoint of endpointsOf(model)) {
        const base = priceSheet(endpoint, nowMs, null)?.prices.input?.base;
        expect(base?.pico === 0n, endpoint.id).toBe(endpoint.provider === "sandbox");
      }
    }
  });

  it("encodes and decodes every dated price without loss", () => {
    for (const model of models()) {
      for (const endpoint of endpointsOf(model)) {
        for (const dated of endpoint.prices) expect(decodeDated(encodeDated(dated))).toEqual(dated);
      }
    }
  });

  it("gives every model and endpoint one id, which is provider and upstream name", () => {
    const ids = models().map((model) => model.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const model of models()) {
      for (const endpoint of endpointsOf(model))
        expect(endpoint.id).toBe(`${endpoint.provider}/${endpoint.upstreamModel}`);
    }
  });

  it("states a source for every data policy that is not the worst case", () => {
    for (const model of models()) {
      for (const { dataPolicy, id } of endpointsOf(model)) {
        const isWorst = dataPolicy.retention === "unknown" && dataPolicy.training === "unknown";
        expect(isWorst || dataPolicy.source !== null, id).toBe(true);
      }
    }
  });
});

describe("finding a model", () => {
  it("answers to its id and to a bare name that only one provider has", () => {
    expect(findModel("openai/gpt-4o")?.id).toBe("openai/gpt-4o");
    expect(findModel("gpt-4o")?.id).toBe("openai/gpt-4o");
    expect(findModel("llama-3.3-70b-versatile")?.id).toBe("groq/llama-3.3-70b-versatile");
  });

  it("keeps a dated snapshot a model of its own, so that a pinned name is sent upstream as it is", () => {
    const model = findModel("openai/gpt-4o-2024-08-06");
    expect(model?.endpoints[0]?.upstreamModel).toBe("gpt-4o-2024-08-06");
  });

  it("never lets an alias hide another model's id", () => {
    for (const model of models()) for (const alias of model.aliases) expect(findModel(alias)?.id, alias).toBe(model.id);
  });

  it("knows nothing of unknown names, object prototype members included", () => {
    for (const name of ["", "openai/", "gpt-9", "__proto__", "constructor", "OPENAI/GPT-4O"])
      expect(findModel(name)).toBeNull();
  });

  it("gives sandbox models no bare alias, so that no live name can mean them", () => {
    expect(findModel("echo")).toBeNull();
  });
});
