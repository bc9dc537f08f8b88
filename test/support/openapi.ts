import { existsSync, readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

/** OpenAI's published description of its API lies outside the repository; tests by it are skipped, by name, where it is absent. */
const file = new URL("../../../shared/specs/openai.openapi.json", import.meta.url);

export const hasOpenApi = existsSync(file);
if (!hasOpenApi) process.stderr.write("../shared/specs is absent: tests by OpenAI's own description are skipped\n");

const BASE = "https://openai.invalid/openapi.json";
let compiler: Ajv2020 | null = null;

function compilerOf(): Ajv2020 {
  if (compiler) return compiler;
  // OpenAPI has keywords of its own, and its formats describe; what is checked is the shape.
  compiler = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  const description: unknown = JSON.parse(readFileSync(file, "utf8"), withNull);
  compiler.addSchema(Object.assign({}, description, { $id: BASE }));
  return compiler;
}

/** Some of its schemas say `nullable`, a word of an older OpenAPI that means more than the compiler makes of it. */
function withNull(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("nullable" in value)) return value;
  const { nullable, ...rest } = value;
  return nullable === true ? { anyOf: [rest, { type: "null" }] } : rest;
}

/** A validator of one schema of OpenAI's: its name under `components.schemas`. */
function openApiSchema(name: string): ValidateFunction {
  const validate = compilerOf().getSchema(`${BASE}#/components/schemas/${name}`);
  if (!validate) throw new Error(`OpenAI's description has no ${name}`);
  return validate;
}

/** What is wrong with a value, as texts; empty where it is as described. */
export function openApiFaults(name: string, value: unknown): readonly string[] {
  const validate = openApiSchema(name);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message ?? "is wrong"}`);
}
