import { z } from "zod";

/** The part of JSON Schema that our own document uses. A keyword that is not here fails: nothing is left out unseen. */
export interface Schema {
  readonly [keyword: string]: unknown;
  readonly $ref?: string | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly enum?: readonly (string | number | boolean | null)[] | undefined;
  readonly const?: string | number | boolean | null | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly additionalProperties?: boolean | Schema | undefined;
  readonly items?: Schema | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
  readonly allOf?: readonly Schema[] | undefined;
}

/** What they say has no type in TypeScript. */
const DESCRIBING = {
  description: z.unknown(),
  title: z.unknown(),
  default: z.unknown(),
  example: z.unknown(),
  examples: z.unknown(),
  format: z.unknown(),
  pattern: z.unknown(),
  minLength: z.unknown(),
  maxLength: z.unknown(),
  minimum: z.unknown(),
  maximum: z.unknown(),
  exclusiveMinimum: z.unknown(),
  exclusiveMaximum: z.unknown(),
  multipleOf: z.unknown(),
  minItems: z.unknown(),
  maxItems: z.unknown(),
  uniqueItems: z.unknown(),
  propertyNames: z.unknown(),
  discriminator: z.unknown(),
  deprecated: z.unknown(),
};

const TYPES = ["string", "number", "integer", "boolean", "null", "array", "object"] as const;
type TypeName = (typeof TYPES)[number];

const typeName = z.enum(TYPES);
const literal = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const schema: z.ZodType<Schema> = z.lazy(() =>
  z
    .strictObject({
      $ref: z.string(),
      type: z.union([typeName, z.array(typeName)]),
      enum: z.array(literal),
      const: literal,
      properties: z.record(z.string(), schema),
      required: z.array(z.string()),
      additionalProperties: z.union([z.boolean(), schema]),
      items: schema,
      anyOf: z.array(schema),
      oneOf: z.array(schema),
      allOf: z.array(schema),
      ...DESCRIBING,
    })
    .partial(),
);

const SCHEMA_REF = "#/components/schemas/";

/** The TypeScript type of a schema, on lines that begin with `indent` after the first. */
export function typeOf(node: Schema, indent: string): string {
  if (node.$ref !== undefined) {
    if (!node.$ref.startsWith(SCHEMA_REF)) throw new RangeError(`a reference to no schema: ${node.$ref}`);
    return `components["schemas"][${JSON.stringify(node.$ref.slice(SCHEMA_REF.length))}]`;
  }
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return union(node.enum.map((value) => JSON.stringify(value)));
  const alternatives = node.anyOf ?? node.oneOf;
  if (alternatives !== undefined) return union(alternatives.map((one) => typeOf(one, indent)));
  if (node.allOf !== undefined) return node.allOf.map((one) => parenthesised(typeOf(one, indent))).join(" & ");
  if (node.type === undefined) return "unknown";
  const names = z.array(typeName).parse(Array.isArray(node.type) ? node.type : [node.type]);
  return union(names.map((name) => typeNamed(name, node, indent)));
}

function typeNamed(name: TypeName, node: Schema, indent: string): string {
  switch (name) {
    case "integer":
    case "number":
      return "number";
    case "array":
      return `${parenthesised(typeOf(node.items ?? {}, indent))}[]`;
    case "object":
      return objectType(node, indent);
    case "string":
    case "boolean":
    case "null":
      break;
  }
  return name;
}

function objectType({ properties, required = [], additionalProperties }: Schema, indent: string): string {
  const inner = `${indent}  `;
  const members = Object.entries(properties ?? {}).map(([name, node]) => {
    const mark = required.includes(name) ? "" : "?";
    return `${inner}${propertyName(name)}${mark}: ${typeOf(node, inner)};`;
  });
  if (members.length > 0) return `{\n${members.join("\n")}\n${indent}}`;
  if (additionalProperties === false) return "Record<string, never>";
  return `Record<string, ${typeof additionalProperties === "object" ? typeOf(additionalProperties, indent) : "unknown"}>`;
}

export const propertyName = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));

const union = (types: readonly string[]): string => [...new Set(types)].join(" | ");
const parenthesised = (type: string): string => (/ [|&] /.test(type) ? `(${type})` : type);
