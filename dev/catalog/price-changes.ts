import { unitEntries, type EncodedCatalog, type EncodedDated, type EncodedModel } from "../../src/catalog/encoded.ts";

type Catalog = Pick<EncodedCatalog, "models">;

/** One line for every model added or removed and every price that changed, for a person to read before committing. */
export function priceChanges(before: Catalog, after: Catalog): readonly string[] {
  const old = new Map(before.models.map((model) => [idOf(model), model]));
  const current = new Map(after.models.map((model) => [idOf(model), model]));
  const removed = [...old.keys()].filter((id) => !current.has(id)).map((id) => `removed  ${id}`);
  const rest = [...current].flatMap(([id, model]) => {
    const previous = old.get(id);
    if (!previous) return [`added    ${id}  ${describe(model)}`];
    return changesOf(id, previous, model);
  });
  return [...removed, ...rest];
}

function changesOf(id: string, before: EncodedModel, after: EncodedModel): string[] {
  const old = flatten(before);
  const current = flatten(after);
  return [...new Set([...old.keys(), ...current.keys()])]
    .filter((key) => old.get(key) !== current.get(key))
    .map((key) => `changed  ${id}  ${key}: ${old.get(key) ?? "none"} -> ${current.get(key) ?? "none"}`);
}

function flatten(model: EncodedModel): Map<string, string> {
  const flat = new Map<string, string>();
  for (const dated of model.prices)
    for (const [unit, text] of unitEntries(dated.units)) flat.set(`${unit}${when(dated)}`, text);
  return flat;
}

function when(dated: EncodedDated): string {
  return `${dated.from ? ` from ${dated.from}` : ""}${dated.daily ? ` daily ${dated.daily.join("-")} ms` : ""}`;
}

function describe(model: EncodedModel): string {
  return [...flatten(model)].map(([key, text]) => `${key}=${text}`).join(" ");
}

const idOf = (model: EncodedModel): string => `${model.provider}/${model.upstream}`;
