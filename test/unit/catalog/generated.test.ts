import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { buildCatalog, catalogText } from "../../../dev/catalog/build.ts";
import { WIRED_PROVIDERS } from "../../../dev/catalog/providers.ts";
import { decodeDated, encodeDated } from "../../../src/catalog/encoded.ts";
import { OPERATIONS, type Operation, type UsageUnit } from "#kernel";
import { catalogVersion, endpointsOf, findModel, models, priceSheet } from "#catalog";

const FILE = new URL("../../../src/catalog/generated/catalog.json", import.meta.url);
const PACKAGE = new URL("../../../node_modules/@pydantic/genai-prices/package.json", import.meta.url);
const text = readFileSync(FILE, "utf8");
const nowMs = Date.UTC(2026, 10, 22);

const TOKENS: readonly UsageUnit[] = ["input", "output"];
/** Written apart from the generator's own table: what has to have a price before an operation can be sold. */
const PRICED_BY: Readonly<Record<Operation, readonly (readonly UsageUnit[])[]>> = {
  "chat.completions": [TOKENS],
  "tokens.count": [TOKENS],
  embeddings: [["input"]],
  rerank: [["searches"], ["input"]],
  moderations: [["input"]],
  "images.generations": [["images"], TOKENS],
  "images.edits": [TOKENS],
  "images.variations": [["images"]],
  "audio.speech": [["characters"], TOKENS],
  "audio.transcriptions": [["audio_ms"], ["input", "audio_in", "output"]],
  "audio.translations": [["audio_ms"]],
};

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
    const rowless = new Set(["qwen", "nvidia", "sambanova", "openrouter", "ollama", "vllm"]);
    const expected = WIRED_PROVIDERS.map(({ id }) => id).filter((id) => !rowless.has(id));
    expect([...providers].sort()).toEqual(expected.sort());
    for (const id of ["sandbox/echo", "sandbox/lorem", "sandbox/embed"]) expect(findModel(id)?.id).toBe(id);
  });

  it("G3: prices every endpoint today for what it is called for", () => {
    for (const model of models()) {
      for (const endpoint of endpointsOf(model)) {
        const prices = priceSheet(endpoint, nowMs, null)?.prices ?? {};
        const has = (...units: readonly UsageUnit[]) => units.every((unit) => prices[unit] !== undefined);
        for (const operation of endpoint.operations ?? model.operations)
          expect(
            PRICED_BY[operation].some((units) => has(...units)),
            `${endpoint.id} ${operation}`,
          ).toBe(true);
      }
    }
  });

  it("makes only the sandbox and moderation free: a zero elsewhere would be a missing price read as one", () => {
    for (const model of models()) {
      for (const endpoint of endpointsOf(model)) {
        const prices = Object.values(priceSheet(endpoint, nowMs, null)?.prices ?? {});
        const isFree = endpoint.provider === "sandbox" || model.operations.includes("moderations");
        expect(
          prices.every(({ base, tiers }) =>
            [base, ...tiers.map(({ price }) => price)].every(({ pico }) => (pico === 0n) === isFree),
          ),
          endpoint.id,
        ).toBe(true);
      }
    }
  });

  it("has a model for every operation but the one whose last model is retired", () => {
    const operations = new Set(models().flatMap((model) => model.operations));
    const missing = OPERATIONS.filter((operation) => !operations.has(operation));
    // OpenAI's last model that makes variations, dall-e-2, is retired.
    expect(missing).toEqual(["images.variations"]);
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
    expect(findModel("claude-sonnet-4-5")?.id).toBe("anthropic/claude-sonnet-4-5");
    expect(findModel("gpt-oss-120b")?.id).toBe("openai/gpt-oss-120b");
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
