import { fieldsOf, itemsOf, textOf } from "./json-fields.ts";

const DEPTH_MAX = 6;

/** A small value that fits a simple JSON schema: required and named properties, first of each choice, `text` for strings. */
export function sampleSchema(schema: unknown, text: string, depth = 0): unknown {
  const fields = fieldsOf(schema);
  if ("const" in fields) return fields["const"];
  const [choice] = itemsOf(fields["enum"]);
  if (choice !== undefined) return choice;
  const [alternative] = [...itemsOf(fields["anyOf"]), ...itemsOf(fields["oneOf"])];
  if (alternative !== undefined && depth < DEPTH_MAX) return sampleSchema(alternative, text, depth + 1);
  const type = textOf(fields["type"]) ?? textOf(itemsOf(fields["type"])[0]);
  switch (type ?? ("properties" in fields ? "object" : "string")) {
    case "object":
      return depth < DEPTH_MAX ? sampleProperties(fieldsOf(fields["properties"]), text, depth) : {};
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
      return text;
  }
}

function sampleProperties(properties: Readonly<Record<string, unknown>>, text: string, depth: number) {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, sampleSchema(property, text, depth + 1)]),
  );
}
