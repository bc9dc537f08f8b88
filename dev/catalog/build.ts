import { createHash } from "node:crypto";
import {
  encodeDated,
  type EncodedCatalog,
  type EncodedModel,
  type EncodedProvider,
} from "../../src/catalog/encoded.ts";
import { MANUAL_PRICES, type ManualPrice } from "../../src/catalog/manual-prices.ts";
import type { DatedPrices, TieredPrice } from "../../src/catalog/types.ts";
import { USAGE_UNITS, type UsageUnit } from "../../src/kernel/index.ts";
import { priceFromDecimal } from "./decimal.ts";
import { FACTS, SANDBOX_MODELS, type Facts } from "./overlay.ts";
import { WIRED_PROVIDERS } from "./providers.ts";
import { isEmbedding, readPackage, type PackageModel } from "./read-package.ts";

export interface BuiltCatalog {
  readonly content: Omit<EncodedCatalog, "version">;
  /** Of everything but the version. */
  readonly hash: string;
  readonly leftOut: readonly string[];
}

const HASH_CHARACTERS = 8;
const MILLION = 1_000_000n;

/** The catalogue that the installed price package and our own tables give. Same input, same result. */
export function buildCatalog(packageVersion: string): BuiltCatalog {
  const leftOut: string[] = [];
  const models: EncodedModel[] = [];
  const unused = new Set(MANUAL_PRICES.map(({ endpoint }) => endpoint));
  for (const { id, packageId } of WIRED_PROVIDERS) {
    for (const model of modelsOf(id, packageId, leftOut)) {
      unused.delete(`${id}/${model.upstream}`);
      const row = buildRow(id, model);
      if (row.prices.length > 0) models.push(row);
      else leftOut.push(`${id}/${model.upstream}: no price`);
    }
  }
  if (unused.size > 0) throw new Error(`manual prices for no model: ${[...unused].join(", ")}`);
  const providers: Record<string, EncodedProvider> = {};
  for (const { id, abort, dataPolicy } of WIRED_PROVIDERS) providers[id] = { abort, dataPolicy };
  const content = { package: `@pydantic/genai-prices ${packageVersion}`, providers, models: addAliases(models) };
  return { content, hash: hashOf(content), leftOut };
}

/** One model per line, so that a price change is a one-line difference. */
export function catalogText(version: string, content: BuiltCatalog["content"]): string {
  const rows = content.models.map((model) => `    ${JSON.stringify(model)}`).join(",\n");
  const providers = Object.entries(content.providers).map(
    ([id, one]) => `    ${JSON.stringify(id)}: ${JSON.stringify(one)}`,
  );
  return [
    "{",
    `  "version": ${JSON.stringify(version)},`,
    `  "package": ${JSON.stringify(content.package)},`,
    `  "providers": {\n${providers.join(",\n")}\n  },`,
    `  "models": [\n${rows}\n  ]`,
    "}\n",
  ].join("\n");
}

function modelsOf(provider: string, packageId: string | null, leftOut: string[]): readonly PackageModel[] {
  if (packageId === null) {
    return SANDBOX_MODELS.map(({ upstream, name, context }) => ({
      upstream,
      name,
      context: context ?? null,
      prices: [],
    }));
  }
  const reading = readPackage(provider, packageId);
  leftOut.push(...reading.leftOut);
  return reading.models;
}

function buildRow(provider: string, model: PackageModel): EncodedModel {
  const facts = factsOf(provider, model.upstream);
  const manual = MANUAL_PRICES.filter((price) => price.endpoint === `${provider}/${model.upstream}`);
  const context = facts.context ?? model.context;
  const embeds = isEmbedding(model.upstream);
  return {
    provider,
    upstream: model.upstream,
    name: model.name,
    operations: [embeds ? "embeddings" : "chat.completions"],
    input: facts.input ?? ["text"],
    output: embeds ? ["embedding"] : (facts.output ?? ["text"]),
    ...(facts.capabilities ? { capabilities: facts.capabilities } : {}),
    ...(context === null ? {} : { context }),
    ...(facts.maxOutput === undefined ? {} : { maxOutput: facts.maxOutput }),
    ...(facts.imageTokens === undefined ? {} : { imageTokens: facts.imageTokens }),
    prices: [...model.prices, ...manual.map(readManual)].map(encodeDated),
  };
}

function factsOf(provider: string, upstream: string): Facts {
  if (provider === "sandbox") return SANDBOX_MODELS.find((model) => model.upstream === upstream) ?? {};
  return FACTS.find((rule) => rule.provider === provider && rule.pattern.test(upstream)) ?? {};
}

function readManual(manual: ManualPrice): DatedPrices {
  const prices: Partial<Record<UsageUnit, TieredPrice>> = {};
  for (const [unit, usd] of Object.entries(manual.usdPerMillion)) {
    const known = USAGE_UNITS.find((candidate) => candidate === unit);
    if (!known) throw new Error(`${manual.endpoint}: ${unit} is no usage unit`);
    prices[known] = { base: priceFromDecimal(usd, MILLION), tiers: [] };
  }
  return { from: manual.from, prices, source: manual.source };
}

/** A bare upstream name is an alias where exactly one provider has it and no id reads the same. Never for the sandbox. */
function addAliases(models: readonly EncodedModel[]): EncodedModel[] {
  const ids = new Set(models.map((model) => `${model.provider}/${model.upstream}`));
  const holders = new Map<string, number>();
  for (const { upstream } of models) holders.set(upstream, (holders.get(upstream) ?? 0) + 1);
  return models.map((model) => {
    const free = holders.get(model.upstream) === 1 && !ids.has(model.upstream) && model.provider !== "sandbox";
    return free ? { ...model, aliases: [model.upstream] } : model;
  });
}

function hashOf(content: BuiltCatalog["content"]): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, HASH_CHARACTERS);
}
