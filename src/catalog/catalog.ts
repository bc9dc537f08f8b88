import { decodeDated, type EncodedCatalog, type EncodedModel, type EncodedTraits } from "./encoded.ts";
import generated from "./generated/catalog.json" with { type: "json" };
import type { Endpoint, Model } from "./types.ts";

const catalog = trustGenerated(generated);

/** `<date>.<hash>` of the generated data: the first part of every price version. */
export const catalogVersion: string = catalog.version;

/** A model's rows, its maker's own first, and what is decoded from them once it is asked for. */
interface Group {
  readonly id: string;
  readonly rows: EncodedModel[];
  model: Model | null;
}

/** What a name means: a whole model, or one of its endpoints. */
interface Meaning {
  readonly group: Group;
  readonly row: EncodedModel | null;
}

let index: { readonly groups: ReadonlyMap<string, Group>; readonly names: ReadonlyMap<string, Meaning> } | null = null;
let all: readonly Model[] | null = null;

/** Every model, in the catalogue's order (by provider, then as its price list names them). */
export function models(): readonly Model[] {
  all ??= [...indexRows().groups.values()].map(modelOf);
  return all;
}

/**
 * The model of a public id (`maker/model`) or an alias, letter for letter. An endpoint's own id
 * (`provider/upstream name`) gives its model with that endpoint alone. Null when there is none.
 */
export function findModel(idOrAlias: string): Model | null {
  const meaning = indexRows().names.get(idOrAlias);
  if (!meaning) return null;
  const model = modelOf(meaning.group);
  return meaning.row === null ? model : pinnedModel(model, meaning.row);
}

/** The ways to reach a model. Never empty. */
export function endpointsOf(model: Model): readonly Endpoint[] {
  return model.endpoints;
}

function indexRows() {
  if (index !== null) return index;
  const groups = new Map<string, Group>();
  for (const row of catalog.models) {
    const id = row.model ?? endpointId(row);
    const group = groups.get(id) ?? { id, rows: [], model: null };
    groups.set(id, group);
    if (endpointId(row) === id) group.rows.unshift(row);
    else group.rows.push(row);
  }
  const names = new Map<string, Meaning>();
  for (const group of groups.values()) {
    for (const row of group.rows) {
      for (const alias of row.aliases ?? []) names.set(alias, { group, row: null });
      if (row.bare) names.set(row.upstream, { group, row });
      names.set(endpointId(row), { group, row });
    }
  }
  // Models' own ids come last, so that no other name can hide one.
  for (const group of groups.values()) names.set(group.id, { group, row: null });
  index = { groups, names };
  return index;
}

const endpointId = (row: EncodedModel): string => `${row.provider}/${row.upstream}`;

function modelOf(group: Group): Model {
  group.model ??= decodeModel(group);
  return group.model;
}

function decodeModel({ id, rows }: Group): Model {
  const traits = rows.map(traitsOf);
  const facts = {
    operations: union(traits.map((one) => one.operations)),
    input: union(traits.map((one) => one.input)),
    output: union(traits.map((one) => one.output)),
    capabilities: union(traits.map((one) => one.capabilities ?? [])),
  };
  return {
    id,
    name: rows[0]?.name ?? id.slice(id.indexOf("/") + 1),
    aliases: rows.flatMap((row) => row.aliases ?? []),
    ...facts,
    endpoints: rows.map((row) => decodeEndpoint(row, facts)),
  };
}

type Facts = Pick<Model, "operations" | "input" | "output" | "capabilities">;

function decodeEndpoint(row: EncodedModel, facts: Facts): Endpoint {
  const provider = catalog.providers[row.provider];
  if (!provider) throw new RangeError("a catalogue row names an unknown provider");
  const own = traitsOf(row);
  return {
    id: endpointId(row),
    provider: row.provider,
    upstreamModel: row.upstream,
    contextTokens: row.context ?? null,
    maxOutputTokens: row.maxOutput ?? null,
    imageTokensMax: row.imageTokens,
    prices: row.prices.map(decodeDated),
    abort: provider.abort,
    dataPolicy: row.retention ? { ...provider.dataPolicy, retention: row.retention } : provider.dataPolicy,
    quantization: row.quantization,
    reasonsWhenAsked: row.reasonsWhenAsked,
    operations: less(own.operations, facts.operations),
    input: less(own.input, facts.input),
    output: less(own.output, facts.output),
    capabilities: less(own.capabilities ?? [], facts.capabilities),
  };
}

/** The endpoint is one that the model was decoded with, so that both are found again whatever the name was. */
function pinnedModel(model: Model, row: EncodedModel): Model {
  const endpoints = model.endpoints.filter(({ id }) => id === endpointId(row));
  const { operations, input, output, capabilities = [] } = traitsOf(row);
  return { ...model, operations, input, output, capabilities, endpoints };
}

function traitsOf(row: EncodedModel): EncodedTraits {
  const traits = catalog.traits[row.traits];
  if (!traits) throw new RangeError("a catalogue row names unknown traits");
  return traits;
}

const union = <Item>(lists: readonly (readonly Item[])[]): readonly Item[] => [...new Set(lists.flat())];

/** The endpoint's own list where the model can do more, else nothing. */
const less = <Item>(own: readonly Item[], whole: readonly Item[]): readonly Item[] | undefined =>
  whole.every((item) => own.includes(item)) ? undefined : own;

/** The file is written only by `npm run catalog` from `EncodedCatalog` values, and `--check` fails when anybody else edits it. */
function trustGenerated(data: unknown): EncodedCatalog {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above; the generator's own types are these
  return data as EncodedCatalog;
}
