import { z } from "zod";
import { propertyName, schema, typeOf, type Schema } from "./schema-type.ts";

const content = z.record(z.string(), z.strictObject({ schema }));
const response = z.union([
  z.strictObject({ $ref: z.string() }),
  z.strictObject({ description: z.string(), content: content.optional() }),
]);
type ApiResponse = z.output<typeof response>;

const parameter = z.object({
  name: z.string(),
  in: z.enum(["path", "query", "header"]),
  required: z.boolean(),
  schema,
});

const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  parameters: z.array(parameter).optional(),
  requestBody: z.strictObject({ required: z.literal(true), content }).optional(),
  responses: z.record(z.string(), response),
});
type ApiOperation = z.output<typeof operation>;

const document = z.object({
  paths: z.record(z.string(), z.record(z.enum(["get", "post", "put", "patch", "delete"]), operation.optional())),
  components: z.object({ schemas: z.record(z.string(), schema), responses: z.record(z.string(), response) }),
});

const HEADER = `// Generated from docs/openapi.json by dev/client/generate.ts; do not edit it.
`;

/** The types that `openapi-fetch` wants of an API: its paths, and the schemas that they name. */
export function clientTypes(openApi: unknown): string {
  const { paths, components } = document.parse(openApi);
  const pathTypes = Object.entries(paths)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([path, operations]) => pathType(path, operations, components.responses));
  const schemas = Object.entries(components.schemas).map(
    ([name, node]) => `    ${propertyName(name)}: ${typeOf(node, "    ")};`,
  );
  return `${HEADER}
export interface paths {
${pathTypes.join("\n")}
}

export interface components {
  schemas: {
${schemas.join("\n")}
  };
}
`;
}

function pathType(
  path: string,
  operations: Partial<Record<string, ApiOperation | undefined>>,
  shared: Readonly<Record<string, ApiResponse>>,
): string {
  const methods = Object.entries(operations).flatMap(([method, found]) =>
    found === undefined
      ? []
      : [`    /** ${found.operationId}: ${found.summary} */\n    ${method}: ${operationType(found, shared)};`],
  );
  return `  ${JSON.stringify(path)}: {\n${methods.join("\n")}\n  };`;
}

function operationType(
  { parameters = [], requestBody, responses }: ApiOperation,
  shared: Readonly<Record<string, ApiResponse>>,
): string {
  const places = (["query", "header", "path"] as const).flatMap((place) => {
    const own = parameters.filter((one) => one.in === place);
    if (own.length === 0) return [];
    const mark = own.some(({ required }) => required) ? "" : "?";
    return [`        ${place}${mark}: ${parametersType(own)};`];
  });
  const answers = Object.entries(responses).map(
    ([status, answer]) => `        ${statusName(status)}: { ${contentMember(resolve(answer, shared))} };`,
  );
  const lines = [
    places.length === 0 ? "      parameters: {};" : `      parameters: {\n${places.join("\n")}\n      };`,
    ...(requestBody === undefined ? [] : [`      requestBody: { content: ${contentType(requestBody.content)} };`]),
    `      responses: {\n${answers.join("\n")}\n      };`,
  ];
  return `{\n${lines.join("\n")}\n    }`;
}

function parametersType(own: readonly z.output<typeof parameter>[]): string {
  const node: Schema = {
    type: "object",
    properties: Object.fromEntries(own.map((one) => [one.name, one.schema])),
    required: own.filter(({ required }) => required).map(({ name }) => name),
  };
  return typeOf(node, "        ");
}

const RESPONSE_REF = "#/components/responses/";

function resolve(answer: ApiResponse, shared: Readonly<Record<string, ApiResponse>>): z.output<typeof content> {
  const found = "$ref" in answer ? shared[answer.$ref.slice(RESPONSE_REF.length)] : answer;
  if (found === undefined || "$ref" in found) throw new RangeError("a reference to no response");
  return found.content ?? {};
}

/** `openapi-fetch` knows statuses as numbers, and their ranges as texts. */
const statusName = (status: string): string => (/^\d{3}$/.test(status) ? status : propertyName(status));

const contentMember = (types: z.output<typeof content>): string =>
  Object.keys(types).length === 0 ? "content?: never" : `content: ${contentType(types)}`;

function contentType(types: z.output<typeof content>): string {
  const members = Object.entries(types).map(
    ([type, { schema: node }]) => `${JSON.stringify(type)}: ${typeOf(node, "        ")}`,
  );
  return `{ ${members.join("; ")} }`;
}
