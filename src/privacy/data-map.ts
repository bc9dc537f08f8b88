import type { DataMap, EgressHost, MappedHolding } from "./types.ts";

/** Puts declarations together. Throws when a name is declared twice: one of the two would be lost. */
export function createDataMap(holdings: readonly MappedHolding[], egress: readonly EgressHost[]): DataMap {
  const names = [...holdings.map(({ kind, name }) => `${kind} ${name}`), ...egress.map(({ host }) => `host ${host}`)];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`the data map declares '${twice}' twice`);
  return { holdings, egress };
}

/** SHA-256 over the whole map in one canonical form, hex: what the policy page and the retention cron are compared by. */
export async function dataMapHash(map: DataMap): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(canonical(map))));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The same value with every object's keys in order, so that moving a line in a declaration changes no hash. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, inner]) => [key, canonical(inner)]),
  );
}

/** A live database, as `information_schema` shows it: table to columns. */
export type LiveColumns = ReadonlyMap<string, ReadonlySet<string>>;

/** What differs between the map's tables and a live database; empty when they agree (trap S26). */
export function compareColumns(map: DataMap, live: LiveColumns): string[] {
  const differences: string[] = [];
  const mapped = new Map(
    map.holdings.filter(({ kind }) => kind === "table").map(({ name, fields }) => [name, new Set(Object.keys(fields))]),
  );
  for (const [table, columns] of live) {
    const known = mapped.get(table);
    if (!known) differences.push(`table ${table} is not in the data map`);
    else
      for (const column of columns)
        if (!known.has(column)) differences.push(`column ${table}.${column} is not in the data map`);
  }
  for (const [table, columns] of mapped) {
    for (const column of columns)
      if (!live.get(table)?.has(column)) differences.push(`${table}.${column} is mapped and does not exist`);
  }
  return differences;
}
