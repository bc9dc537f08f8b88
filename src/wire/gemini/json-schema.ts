import { isRecord } from "../parse-body.ts";

type Schema = Readonly<Record<string, unknown>>;

/** Members of Google's own schema type that JSON schema spells otherwise or does not have. */
const DROPPED: ReadonlySet<string> = new Set(["propertyOrdering", "property_ordering", "nullable"]);
const LISTS: ReadonlySet<string> = new Set(["anyOf", "any_of"]);

/**
 * Google's schema (OpenAPI's subset, with `STRING` for `string`) as JSON schema. The body's depth bound bounds the
 * recursion. JSON schema itself passes unchanged.
 */
export function toJsonSchema(schema: Schema): Schema {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(schema)) {
    if (DROPPED.has(name)) continue;
    if (name === "type" && typeof value === "string") {
      const type = value.toLowerCase();
      result["type"] = schema["nullable"] === true ? [type, "null"] : type;
    } else if (name === "properties" && isRecord(value)) result[name] = mapValues(value);
    else if (LISTS.has(name) && Array.isArray(value)) result["anyOf"] = value.map(inner);
    else result[name] = name === "items" ? inner(value) : value;
  }
  return result;
}

const inner = (value: unknown): unknown => (isRecord(value) ? toJsonSchema(value) : value);

function mapValues(values: Schema): Schema {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, inner(value)]));
}
