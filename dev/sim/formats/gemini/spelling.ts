/** Members whose value is the caller's own JSON, in which no name is the API's. */
const FREE: ReadonlySet<string> = new Set([
  "args",
  "response",
  "partMetadata",
  "parametersJsonSchema",
  "responseJsonSchema",
  "labels",
]);
/** Members of a schema whose value holds names of the caller's. */
const NAMED: ReadonlySet<string> = new Set(["properties"]);
const DEPTH_MAX = 64;

/**
 * A body with every name in lower camel case: Google takes `generation_config` for `generationConfig`. What is free-form
 * stays as it is. Source: proto3's JSON mapping.
 */
export function toCamelCase(value: unknown, depth = 0): unknown {
  if (depth > DEPTH_MAX) return value;
  if (Array.isArray(value)) return value.map((item) => toCamelCase(item, depth + 1));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const camel = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return [camel, readMember(camel, inner, depth)];
    }),
  );
}

function readMember(name: string, value: unknown, depth: number): unknown {
  if (FREE.has(name) && typeof value === "object") return value;
  if (!NAMED.has(name) || typeof value !== "object" || value === null) return toCamelCase(value, depth + 1);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toCamelCase(inner, depth + 1)]));
}

/** `generationConfig.topK` as Google names it in errors: `generation_config.top_k`. */
export function toSnakeCase(path: readonly PropertyKey[]): string {
  return path
    .map((step, at) => {
      if (typeof step === "number") return `[${step}]`;
      const name = String(step).replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return at === 0 ? name : `.${name}`;
    })
    .join("");
}
