import { generateTokens, sequenceFrom, tokenFrom } from "../../text.ts";

type Schema = Readonly<Record<string, unknown>>;

const DEPTH_MAX = 8;
const STRING_TOKENS = 3;

/** A value that fits a simple JSON schema, the same for the same seed. Recursion ends at a depth of eight with the smallest value. */
export function sampleSchema(schema: unknown, seed: number): unknown {
  const root = isSchema(schema) ? schema : {};
  return sample(root, { root, seed, depth: 0 });
}

interface Place {
  readonly root: Schema;
  readonly seed: number;
  readonly depth: number;
}

function sample(schema: Schema, place: Place): unknown {
  if (typeof schema["$ref"] === "string") {
    if (place.depth >= DEPTH_MAX) return null;
    return sample(resolve(schema["$ref"], place.root), { ...place, depth: place.depth + 1 });
  }
  if ("const" in schema) return schema["const"];
  if (Array.isArray(schema["enum"]) && schema["enum"].length > 0) {
    return schema["enum"][sequenceFrom(place.seed)(schema["enum"].length)];
  }
  for (const union of [schema["anyOf"], schema["oneOf"], schema["allOf"]]) {
    if (!Array.isArray(union)) continue;
    // Deep inside a recursive schema the last alternative, by custom null, ends the recursion.
    const chosen: unknown = place.depth >= DEPTH_MAX / 2 ? union.at(-1) : union[0];
    return sample(isSchema(chosen) ? chosen : {}, place);
  }
  return sampleType(typeOf(schema), schema, place);
}

function sampleType(type: string, schema: Schema, place: Place): unknown {
  switch (type) {
    case "object":
      return sampleObject(schema, place);
    case "array": {
      const items = isSchema(schema["items"]) ? schema["items"] : {};
      const least = numberOr(schema["minItems"], 1);
      const length = place.depth >= DEPTH_MAX / 2 ? numberOr(schema["minItems"], 0) : least;
      return Array.from({ length }, (_, at) => sample(items, below(place, String(at))));
    }
    case "integer":
    case "number": {
      const least = Math.ceil(numberOr(schema["minimum"], numberOr(schema["exclusiveMinimum"], -1) + 1));
      const most = Math.floor(numberOr(schema["maximum"], least + 100));
      return least + sequenceFrom(place.seed)(Math.max(1, most - least + 1));
    }
    case "boolean":
      return sequenceFrom(place.seed)(2) === 1;
    case "null":
      return null;
    default:
      return sampleString(schema, place.seed);
  }
}

function sampleObject(schema: Schema, place: Place): Record<string, unknown> {
  const properties = isSchema(schema["properties"]) ? schema["properties"] : {};
  const required: readonly unknown[] = Array.isArray(schema["required"]) ? schema["required"] : [];
  const entries = Object.entries(properties)
    .filter(([name]) => place.depth < DEPTH_MAX / 2 || required.includes(name))
    .map(([name, value]) => [name, sample(isSchema(value) ? value : {}, below(place, name))]);
  return Object.fromEntries(entries);
}

const FORMATS: Readonly<Record<string, string>> = {
  "date-time": "2026-03-14T15:09:26Z",
  date: "2026-03-14",
  time: "15:09:26Z",
  email: "someone@example.com",
  uri: "https://example.com/page",
  uuid: "6f1d7a52-6a0b-4c3e-9d52-2f1b8a7c4e10",
};

function sampleString(schema: Schema, seed: number): string {
  const known = typeof schema["format"] === "string" ? FORMATS[schema["format"]] : undefined;
  if (known !== undefined) return known;
  const text = generateTokens(seed, STRING_TOKENS).join("").trim();
  const least = numberOr(schema["minLength"], 0);
  return text.padEnd(least, tokenFrom(seed, 8)).slice(0, numberOr(schema["maxLength"], Infinity));
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const numberOr = (value: unknown, otherwise: number) => (typeof value === "number" ? value : otherwise);

function below(place: Place, step: string): Place {
  let seed = place.seed;
  for (let at = 0; at < step.length; at++) seed = Math.imul(seed ^ step.charCodeAt(at), 0x01000193);
  return { root: place.root, seed: seed >>> 0, depth: place.depth + 1 };
}

function typeOf(schema: Schema): string {
  const { type } = schema;
  if (typeof type === "string") return type;
  if (Array.isArray(type)) {
    const first: unknown = type.find((name) => name !== "null");
    return typeof first === "string" ? first : "null";
  }
  return isSchema(schema["properties"]) ? "object" : "string";
}

function resolve(reference: string, root: Schema): Schema {
  let found: unknown = root;
  for (const step of reference.replace(/^#\/?/, "").split("/")) {
    if (step !== "") found = isSchema(found) ? found[step] : undefined;
  }
  return isSchema(found) ? found : {};
}
