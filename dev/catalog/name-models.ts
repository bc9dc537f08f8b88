import type { EncodedModel } from "../../src/catalog/encoded.ts";
import { SAME_MODEL } from "./same-model.ts";

const endpointId = (row: EncodedModel): string => `${row.provider}/${row.upstream}`;
const modelId = (row: EncodedModel): string => row.model ?? endpointId(row);
/** A name without its provider or maker. */
const bareName = (id: string): string => id.slice(id.indexOf("/") + 1);

/** Rows with the public model that each serves. Throws where a table names an endpoint that is not there, or one twice. */
export function joinModels(rows: readonly EncodedModel[]): readonly EncodedModel[] {
  const modelOf = new Map<string, string>();
  for (const [model, endpoints] of Object.entries(SAME_MODEL)) {
    for (const endpoint of endpoints) {
      if (modelOf.has(endpoint)) throw new Error(`${endpoint} serves two models`);
      modelOf.set(endpoint, model);
    }
  }
  const ids = new Set(rows.map(endpointId));
  const missing = [...modelOf.keys()].filter((endpoint) => !ids.has(endpoint));
  if (missing.length > 0) throw new Error(`no such endpoints: ${missing.join(", ")}`);
  return rows.map((row) => {
    const model = modelOf.get(endpointId(row));
    return model === undefined ? row : { ...row, model };
  });
}

/**
 * A model's bare name is an alias where no other model has the same, and an endpoint's bare upstream name means that
 * endpoint where no other has it and no model is called so. Never for the sandbox: no live name can mean it.
 */
export function addAliases(rows: readonly EncodedModel[]): readonly EncodedModel[] {
  const ids = new Set(rows.map(modelId));
  const models = count([...ids].map(bareName));
  const upstreams = count(rows.map((row) => row.upstream));
  const named = new Set<string>();
  return rows.map((row) => {
    if (row.provider === "sandbox") return row;
    const id = modelId(row);
    const name = bareName(id);
    const isFirst = !named.has(id);
    named.add(id);
    const isFree = models.get(name) === 1 && !ids.has(name);
    const isOwnName = row.model !== undefined && upstreams.get(row.upstream) === 1;
    return {
      ...row,
      ...(isFirst && isFree ? { aliases: [name] } : {}),
      ...(isOwnName && !models.has(row.upstream) && !ids.has(row.upstream) ? { bare: true } : {}),
    };
  });
}

function count(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
