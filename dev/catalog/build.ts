import { createHash } from "node:crypto";
import {
  encodeDated,
  type EncodedCatalog,
  type EncodedModel,
  type EncodedProvider,
  type EncodedTraits,
} from "../../src/catalog/encoded.ts";
import { MANUAL_PRICES } from "../../src/catalog/manual-prices.ts";
import type { Capability, DatedPrices } from "../../src/catalog/types.ts";
import { withOwnPrices } from "./add-prices.ts";
import type { Facts } from "./facts/facts.ts";
import { KINDS } from "./kinds.ts";
import { addAliases, joinModels } from "./name-models.ts";
import { factsOf, OWN_MODELS } from "./overlay.ts";
import { WIRED_PROVIDERS, type WiredProvider } from "./providers.ts";
import { readPackage, type PackageModel } from "./read-package.ts";

export interface BuiltCatalog {
  readonly content: Omit<EncodedCatalog, "version">;
  /** Of everything but the version. */
  readonly hash: string;
  readonly leftOut: readonly string[];
}

const HASH_CHARACTERS = 8;

/** The catalogue that the installed price package and our own tables give. Same input, same result. */
export function buildCatalog(packageVersion: string): BuiltCatalog {
  const leftOut: string[] = [];
  const rows: EncodedModel[] = [];
  const traits = new TraitsTable();
  const unused = new Set(MANUAL_PRICES.map(({ endpoint }) => endpoint));
  for (const provider of WIRED_PROVIDERS) {
    for (const model of modelsOf(provider, leftOut)) {
      unused.delete(`${provider.id}/${model.upstream}`);
      const prices = withOwnPrices(provider.id, model.upstream, model.prices);
      if (prices.length > 0) rows.push(buildRow(provider.id, model, prices, traits));
      else leftOut.push(`${provider.id}/${model.upstream}: no price`);
    }
  }
  if (unused.size > 0) throw new Error(`manual prices for no model: ${[...unused].join(", ")}`);
  const providers: Record<string, EncodedProvider> = {};
  for (const { id, abort, dataPolicy } of WIRED_PROVIDERS) providers[id] = { abort, dataPolicy };
  const models = addAliases(joinModels(rows));
  const content = { package: `@pydantic/genai-prices ${packageVersion}`, providers, traits: traits.all, models };
  return { content, hash: hashOf(content), leftOut };
}

/** One model per line, so that a price change is a one-line difference. */
export function catalogText(version: string, content: BuiltCatalog["content"]): string {
  const lines = (values: readonly unknown[]) => values.map((value) => `    ${JSON.stringify(value)}`).join(",\n");
  const providers = Object.entries(content.providers).map(
    ([id, one]) => `    ${JSON.stringify(id)}: ${JSON.stringify(one)}`,
  );
  return [
    "{",
    `  "version": ${JSON.stringify(version)},`,
    `  "package": ${JSON.stringify(content.package)},`,
    `  "providers": {\n${providers.join(",\n")}\n  },`,
    `  "traits": [\n${lines(content.traits)}\n  ],`,
    `  "models": [\n${lines(content.models)}\n  ]`,
    "}\n",
  ].join("\n");
}

function modelsOf(provider: WiredProvider, leftOut: string[]): readonly PackageModel[] {
  const own = OWN_MODELS.filter((model) => model.provider === provider.id);
  const read = provider.packageIds.flatMap((packageId) => {
    const reading = readPackage(provider.id, packageId);
    leftOut.push(...reading.leftOut);
    return reading.models;
  });
  return [...read, ...own.map(({ upstream, name }) => ({ upstream, name, context: null, prices: [] }))];
}

function buildRow(
  provider: string,
  model: PackageModel,
  prices: readonly DatedPrices[],
  traits: TraitsTable,
): EncodedModel {
  const { upstream, name } = model;
  const facts = factsOf(provider, upstream);
  const context = facts.context ?? model.context;
  return {
    provider,
    upstream,
    ...(name === upstream ? {} : { name }),
    traits: traits.indexOf(traitsOf(facts, prices)),
    ...(context === null ? {} : { context }),
    ...(facts.maxOutput === undefined ? {} : { maxOutput: facts.maxOutput }),
    ...(facts.imageTokens === undefined ? {} : { imageTokens: facts.imageTokens }),
    ...(facts.quantization === undefined ? {} : { quantization: facts.quantization }),
    ...(facts.reasonsWhenAsked === undefined ? {} : { reasonsWhenAsked: facts.reasonsWhenAsked }),
    ...(facts.retention === undefined ? {} : { retention: facts.retention }),
    prices: prices.map(encodeDated),
  };
}

function traitsOf(facts: Facts, prices: readonly DatedPrices[]): EncodedTraits {
  const kind = KINDS[facts.kind ?? "text"];
  // A search without a price could not be billed, so only a price makes it a capability.
  const searches = kind.operations.includes("chat.completions") && prices.some((dated) => dated.prices.searches);
  const capabilities: readonly Capability[] = [
    ...(facts.capabilities ?? []),
    ...(searches ? ["web_search" as const] : []),
  ];
  return {
    operations: kind.operations,
    input: facts.input ?? kind.input,
    output: facts.output ?? kind.output,
    ...(capabilities.length === 0 ? {} : { capabilities }),
  };
}

/** Every combination of traits once, in the order of first use. */
class TraitsTable {
  readonly all: EncodedTraits[] = [];
  readonly #indexes = new Map<string, number>();

  indexOf(traits: EncodedTraits): number {
    const key = JSON.stringify(traits);
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.all.length);
    return this.all.push(traits) - 1;
  }
}

function hashOf(content: BuiltCatalog["content"]): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, HASH_CHARACTERS);
}
