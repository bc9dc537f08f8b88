import { SCHEMA_MAX_DEPTH, SCHEMA_MAX_PROPERTIES } from "./bounds.ts";
import { type Fields, fieldsOf, itemsOf, textOf } from "./json-fields.ts";

/**
 * JSON that fits a simple JSON schema: required and named properties, first of each choice, `text` for strings. Null
 * where the schema names more than `SCHEMA_MAX_PROPERTIES`; below `SCHEMA_MAX_DEPTH` objects stay empty.
 */
export function sampleSchema(schema: unknown, text: string): string | null {
  const sample: Sample = { text, propertiesLeft: SCHEMA_MAX_PROPERTIES };
  const value = sampleValue(schema, sample, 0);
  return sample.propertiesLeft < 0 ? null : (JSON.stringify(value) ?? "null");
}

interface Sample {
  readonly text: string;
  propertiesLeft: number;
}

function sampleValue(schema: unknown, sample: Sample, depth: number): unknown {
  const fields = fieldsOf(schema);
  if ("const" in fields) return fields["const"];
  const [choice] = itemsOf(fields["enum"]);
  if (choice !== undefined) return choice;
  const [alternative] = [...itemsOf(fields["anyOf"]), ...itemsOf(fields["oneOf"])];
  if (alternative !== undefined && depth < SCHEMA_MAX_DEPTH) return sampleValue(alternative, sample, depth + 1);
  const type = textOf(fields["type"]) ?? textOf(itemsOf(fields["type"])[0]);
  switch (type ?? ("properties" in fields ? "object" : "string")) {
    case "object":
      return depth < SCHEMA_MAX_DEPTH ? sampleProperties(fieldsOf(fields["properties"]), sample, depth) : {};
    case "array":
      return [];
    case "integer":
    case "number":
      return typeof fields["minimum"] === "number" ? fields["minimum"] : 0;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return sample.text;
  }
}

function sampleProperties(properties: Fields, sample: Sample, depth: number) {
  const entries = Object.entries(properties);
  sample.propertiesLeft -= entries.length;
  if (sample.propertiesLeft < 0) return {};
  return Object.fromEntries(entries.map(([name, property]) => [name, sampleValue(property, sample, depth + 1)]));
}
