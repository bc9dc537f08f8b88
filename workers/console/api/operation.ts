import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { answerOnce } from "./answer-once.ts";
import { isForMachines, type Access } from "./access.ts";
import type { ApiContext, ApiHono } from "./context.ts";
import { enforce } from "./enforce.ts";
import { countCall } from "./knock.ts";
import { parseInput } from "./parse-input.ts";
import { readJson } from "./read-json.ts";

type Shape = z.ZodObject;

export interface OperationInput<Params, Query, Body> {
  readonly context: ApiContext;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

interface RequestSpec<Params extends Shape, Query extends Shape, Body extends Shape> {
  /** `createKey`: unique, a verb first. Clients name their functions after it. */
  readonly id: string;
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** `/organizations/{org}/keys`, below `/api/v1`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly access: Access;
  /** Strict objects: a member that is not of the schema is refused (S14). */
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** A change from the version that `If-Match` names, which has to be sent. */
  readonly wantsVersion?: true;
  /** Done once for each `Idempotency-Key`, where one is sent: for what would be made twice. */
  readonly isIdempotent?: true;
  /** How often it may be tried, and by whom it is counted: what is sent was checked, and nothing is done yet. */
  readonly door?: (input: OperationInput<z.output<Params>, z.output<Query>, z.output<Body>>) => Promise<void>;
}

export interface OperationSpec<
  Params extends Shape,
  Query extends Shape,
  Body extends Shape,
  Answer extends z.ZodType,
> extends RequestSpec<Params, Query, Body> {
  readonly status: 200 | 201 | 202 | 204;
  /** Null: the answer has no body. */
  readonly answer: Answer | null;
  readonly handle: (
    input: OperationInput<z.output<Params>, z.output<Query>, z.output<Body>>,
  ) => Promise<z.input<Answer> | null>;
}

export interface FileOperationSpec<Params extends Shape, Query extends Shape, Body extends Shape> extends RequestSpec<
  Params,
  Query,
  Body
> {
  readonly mediaType: "text/csv";
  /** What a browser saves it as. */
  readonly fileName: string;
  /** What fails before the first byte is refused as by any operation; what fails later, the file has to say itself. */
  readonly handle: (
    input: OperationInput<z.output<Params>, z.output<Query>, z.output<Body>>,
  ) => Promise<ReadableStream<Uint8Array>>;
}

/** One operation of the control API: its place in the router and in the OpenAPI document. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly access: Access;
  readonly hasDoor: boolean;
  register(app: OpenAPIHono<ApiHono>): void;
}

/** An operation that answers JSON, or nothing. */
export function operation<Params extends Shape, Query extends Shape, Body extends Shape, Answer extends z.ZodType>(
  spec: OperationSpec<Params, Query, Body, Answer>,
): Operation {
  const { status, answer } = spec;
  const content = answer === null ? undefined : { "application/json": { schema: answer } };
  return operationOf(spec, status, content, async (input) => {
    const answered = await spec.handle(input);
    if (status === 204 || answer === null) return input.context.body(null, 204);
    return input.context.json(answer.parse(answered), contentful(status));
  });
}

/** An operation that answers a file, as it is read. */
export function fileOperation<Params extends Shape, Query extends Shape, Body extends Shape>(
  spec: FileOperationSpec<Params, Query, Body>,
): Operation {
  const { mediaType, fileName } = spec;
  const content = { [mediaType]: { schema: { type: "string" as const } } };
  return operationOf(spec, 200, content, async (input) =>
    input.context.body(await spec.handle(input), 200, {
      "content-type": `${mediaType}; charset=utf-8`,
      "content-disposition": `attachment; filename="${fileName}"`,
    }),
  );
}

/** Who calls is checked before what was sent is read; what was sent is checked before anything is done. */
function operationOf<Params extends Shape, Query extends Shape, Body extends Shape>(
  spec: RequestSpec<Params, Query, Body>,
  status: number,
  content: ResponseContent | undefined,
  answer: (input: OperationInput<z.output<Params>, z.output<Query>, z.output<Body>>) => Promise<Response>,
): Operation {
  const { id, method, path, access } = spec;
  const handler = async (context: ApiContext): Promise<Response> => {
    await enforce(context, access);
    const params = parseInput(spec.params, context.req.param());
    const query = parseInput(spec.query, queryOf(context));
    const body = parseInput(spec.body, spec.body === undefined ? undefined : await readJson(context));
    const input = { context, params, query, body };
    await countCall(context, method);
    const pass = async (): Promise<Response> => {
      await spec.door?.(input);
      return answer(input);
    };
    // A repetition does nothing, so that it passes no door.
    return spec.isIdempotent === true ? answerOnce(context, { id, input: { params, query, body } }, pass) : pass();
  };
  return {
    id,
    method,
    path,
    access,
    hasDoor: spec.door !== undefined,
    register(app) {
      app.openAPIRegistry.registerPath(describe(spec, status, content));
      app.on([method.toUpperCase()], [path.replaceAll(/\{(\w+)\}/g, ":$1")], handler);
    },
  };
}

/** A parameter that is sent twice is refused by its schema, which wants one text. */
function queryOf(context: ApiContext): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(context.req.queries()).map(([name, values]) => [
      name,
      values.length === 1 ? (values[0] ?? "") : values,
    ]),
  );
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- 204 was answered before
const contentful = (status: number): ContentfulStatusCode => status as ContentfulStatusCode;

/** Any one of them is enough. */
function securityOf(access: Access): Record<string, string[]>[] {
  if (access.kind === "public") return [];
  const key = isForMachines(access) ? [{ managementKey: [] }] : [];
  return access.kind === "management_key" ? key : [{ session: [] }, ...key];
}

const IF_MATCH = z.string().openapi({ description: "The `ETag` of what was read.", example: '"7"' });
const IDEMPOTENCY_KEY = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .openapi({ description: "Of your choice: a repetition within 24 hours gets the first answer, and does nothing." });

/** What of headers the document tells; they are read where they are used. */
function headersOf({ wantsVersion, isIdempotent }: { readonly wantsVersion?: true; readonly isIdempotent?: true }) {
  if (wantsVersion) return { headers: z.object({ "If-Match": IF_MATCH }) };
  return isIdempotent ? { headers: z.object({ "Idempotency-Key": IDEMPOTENCY_KEY }) } : {};
}

type RoutePath = Parameters<OpenAPIHono["openAPIRegistry"]["registerPath"]>[0];
/** By media type. A file's schema is a text's. */
type ResponseContent = Record<string, { schema: z.ZodType | { type: "string" } }>;

function describe<Params extends Shape, Query extends Shape, Body extends Shape>(
  spec: RequestSpec<Params, Query, Body>,
  answerStatus: number,
  content: ResponseContent | undefined,
): RoutePath {
  const { id, method, path, tag, summary, access } = spec;
  return {
    operationId: id,
    method,
    path,
    tags: [tag],
    summary,
    security: securityOf(access),
    request: {
      ...(spec.params && { params: spec.params }),
      ...(spec.query && { query: spec.query }),
      ...headersOf(spec),
      ...(spec.body && { body: { required: true, content: { "application/json": { schema: spec.body } } } }),
    },
    responses: {
      [answerStatus]: { description: "Done.", ...(content && { content }) },
      "4XX": { $ref: "#/components/responses/Problem" },
      "5XX": { $ref: "#/components/responses/Problem" },
    },
    "x-access": access,
  };
}
