import { invalidRequest, type Refusal } from "../../format.ts";

/** Members of Google's own Schema; any other name of JSON Schema is refused there. Source: Gemini API reference, Schema. */
const KNOWN: ReadonlySet<string> = new Set([
  "type",
  "format",
  "title",
  "description",
  "nullable",
  "enum",
  "maxItems",
  "minItems",
  "properties",
  "required",
  "minProperties",
  "maxProperties",
  "minLength",
  "maxLength",
  "pattern",
  "example",
  "anyOf",
  "propertyOrdering",
  "default",
  "items",
  "minimum",
  "maximum",
]);
const DEPTH_MAX = 32;

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The refusal of a schema that holds what Google's Schema does not know, or null. */
export function checkSchema(schema: unknown, field: string, depth = 0): Refusal | null {
  if (schema === undefined) return null;
  if (!isObject(schema)) return invalidRequest(`Invalid value at '${field}'`, field);
  if (depth > DEPTH_MAX)
    return invalidRequest("A schema in the request exceeds the maximum allowed nesting depth.", field);
  const unknown = Object.keys(schema).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) {
    return invalidRequest(
      `Invalid JSON payload received. Unknown name "${unknown}" at '${field}': Cannot find field.`,
      field,
    );
  }
  if (Array.isArray(schema["type"])) {
    return invalidRequest(
      `Invalid value at '${field}.type' (TYPE_ENUM): Proto field is not repeating, cannot start list.`,
      field,
    );
  }
  const properties = isObject(schema["properties"]) ? Object.entries(schema["properties"]) : [];
  const required: readonly unknown[] = Array.isArray(schema["required"]) ? schema["required"] : [];
  const missing = required.findIndex((name) => !properties.some(([known]) => known === name));
  if (missing >= 0) {
    return invalidRequest(`* GenerateContentRequest.${field}.required[${missing}]: property is not defined\n`, field);
  }
  const inner: [unknown, string][] = [
    ...properties.map(([name, value]): [unknown, string] => [value, `${field}.properties[${name}]`]),
    [schema["items"], `${field}.items`],
    ...(Array.isArray(schema["anyOf"])
      ? schema["anyOf"].map((value: unknown, at): [unknown, string] => [value, `${field}.any_of[${at}]`])
      : []),
  ];
  for (const [value, at] of inner) {
    const refusal = checkSchema(value, at, depth + 1);
    if (refusal !== null) return refusal;
  }
  return null;
}

const NUMBERS: ReadonlySet<string> = new Set(["minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum"]);

/** Google's Schema as JSON Schema: type names in lower case, 64-bit numbers that travel as text as numbers. */
export function toJsonSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(toJsonSchema);
  if (!isObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) => {
      if (name === "type" && typeof value === "string") return [name, value.toLowerCase()];
      if (NUMBERS.has(name) && typeof value === "string") return [name, Number(value)];
      if (name === "properties" && isObject(value)) {
        return [name, Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toJsonSchema(inner)]))];
      }
      return name === "items" || name === "anyOf" ? [name, toJsonSchema(value)] : [name, value];
    }),
  );
}
