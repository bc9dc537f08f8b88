import { decodeDated, type EncodedCatalog, type EncodedModel } from "./encoded.ts";
import generated from "./generated/catalog.json" with { type: "json" };
import type { Endpoint, Model } from "./types.ts";

const catalog = trustGenerated(generated);

/** `<date>.<hash>` of the generated data: the first part of every price version. */
export const catalogVersion: string = catalog.version;

const decoded = new Map<EncodedModel, Model>();
let rowsByName: ReadonlyMap<string, EncodedModel> | null = null;
let all: readonly Model[] | null = null;

/** Every model, in the catalogue's order (by provider, then as its price list names them). */
export function models(): readonly Model[] {
  all ??= catalog.models.map((row) => modelOf(row));
  return all;
}

/** The model of a public id (`provider/model`) or an alias, letter for letter. Null when there is none. */
export function findModel(idOrAlias: string): Model | null {
  rowsByName ??= indexRows();
  const row = rowsByName.get(idOrAlias);
  return row ? modelOf(row) : null;
}

/** The ways to reach a model. Never empty. */
export function endpointsOf(model: Model): readonly Endpoint[] {
  return model.endpoints;
}

function indexRows(): ReadonlyMap<string, EncodedModel> {
  const index = new Map<string, EncodedModel>();
  for (const row of catalog.models) for (const alias of row.aliases ?? []) index.set(alias, row);
  // Ids come last, so that an alias can never hide a model's own name.
  for (const row of catalog.models) index.set(idOf(row), row);
  return index;
}

function idOf(row: EncodedModel): string {
  return `${row.provider}/${row.upstream}`;
}

function modelOf(row: EncodedModel): Model {
  const known = decoded.get(row);
  if (known) return known;
  const model = decodeModel(row);
  decoded.set(row, model);
  return model;
}

function decodeModel(row: EncodedModel): Model {
  const provider = catalog.providers[row.provider];
  if (!provider) throw new RangeError("a catalogue row names an unknown provider");
  const endpoint: Endpoint = {
    id: idOf(row),
    provider: row.provider,
    upstreamModel: row.upstream,
    contextTokens: row.context ?? null,
    maxOutputTokens: row.maxOutput ?? null,
    imageTokensMax: row.imageTokens,
    prices: row.prices.map(decodeDated),
    abort: provider.abort,
    dataPolicy: provider.dataPolicy,
  };
  return {
    id: idOf(row),
    name: row.name,
    aliases: row.aliases ?? [],
    operations: row.operations,
    input: row.input,
    output: row.output,
    capabilities: row.capabilities ?? [],
    endpoints: [endpoint],
  };
}

/** The file is written only by `npm run catalog` from `EncodedCatalog` values, and `--check` fails when anybody else edits it. */
function trustGenerated(data: unknown): EncodedCatalog {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above; the generator's own types are these
  return data as EncodedCatalog;
}
