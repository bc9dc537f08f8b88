const DEPTH_MAX = 16;

/**
 * What OpenAI's strict mode refuses about a schema, or null: every object is closed and requires all it names. Source:
 * https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
export function findLoosePart(schema: unknown, context: readonly string[] = []): string | null {
  if (!isObject(schema) || context.length > DEPTH_MAX) return null;
  const place = `In context=(${context.map((step) => `'${step}'`).join(", ")})`;
  const { properties } = schema;
  if (isObject(properties) || schema["type"] === "object") {
    if (schema["additionalProperties"] !== false) {
      return `${place}, 'additionalProperties' is required to be supplied and to be false.`;
    }
    const required: readonly unknown[] = Array.isArray(schema["required"]) ? schema["required"] : [];
    const missing = Object.keys(isObject(properties) ? properties : {}).find((name) => !required.includes(name));
    if (missing !== undefined) {
      return `${place}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`;
    }
  }
  return firstOf(childrenOf(schema).map(([path, child]) => findLoosePart(child, [...context, ...path])));
}

function childrenOf(schema: Readonly<Record<string, unknown>>): [string[], unknown][] {
  const named = ["properties", "$defs", "definitions"].flatMap((group) =>
    Object.entries(isObject(schema[group]) ? schema[group] : {}).map((entry): [string[], unknown] => [
      [group, entry[0]],
      entry[1],
    ]),
  );
  const unions: readonly unknown[] = Array.isArray(schema["anyOf"]) ? schema["anyOf"] : [];
  return [
    ...named,
    [["items"], schema["items"]],
    ...unions.map((child, at): [string[], unknown] => [["anyOf", String(at)], child]),
  ];
}

const firstOf = (found: readonly (string | null)[]) => found.find((problem) => problem !== null) ?? null;
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
