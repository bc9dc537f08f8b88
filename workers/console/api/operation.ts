import type { OpenAPIHono, z } from "@hono/zod-openapi";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { isForMachines, type Access } from "./access.ts";
import type { ApiContext, ApiHono } from "./context.ts";
import { enforce } from "./enforce.ts";
import { parseInput } from "./parse-input.ts";
import { readJson } from "./read-json.ts";

type Shape = z.ZodObject;

export interface OperationInput<Params, Query, Body> {
  readonly context: ApiContext;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

export interface OperationSpec<
  Params extends Shape,
  Query extends Shape,
  Body extends Shape,
  Answer extends z.ZodType,
> {
  /** `createKey`: unique, a verb first. Clients name their functions after it. */
  readonly id: string;
  readonly method: "get" | "post" | "patch" | "delete";
  /** `/organizations/{org}/keys`, below `/api/v1`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly access: Access;
  /** Strict objects: a member that is not of the schema is refused (S14). */
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly status: 200 | 201 | 202 | 204;
  /** Null: the answer has no body. */
  readonly answer: Answer | null;
  /** How often it may be tried, and by whom it is counted: what is sent was checked, and nothing is done yet. */
  readonly door?: (input: OperationInput<z.output<Params>, z.output<Query>, z.output<Body>>) => Promise<void>;
  readonly handle: (
    input: OperationInput<z.output<Params>, z.output<Query>, z.output<Body>>,
  ) => Promise<z.input<Answer> | null>;
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

/** Who calls is checked before what was sent is read; what was sent is checked before anything is done. */
export function operation<Params extends Shape, Query extends Shape, Body extends Shape, Answer extends z.ZodType>(
  spec: OperationSpec<Params, Query, Body, Answer>,
): Operation {
  const { id, method, path, access, status } = spec;
  const handler = async (context: ApiContext): Promise<Response> => {
    await enforce(context, access);
    const params = parseInput(spec.params, context.req.param());
    const query = parseInput(spec.query, queryOf(context));
    const body = parseInput(spec.body, spec.body === undefined ? undefined : await readJson(context));
    const input = { context, params, query, body };
    await spec.door?.(input);
    const answer = await spec.handle(input);
    if (status === 204 || spec.answer === null) return context.body(null, 204);
    return context.json(spec.answer.parse(answer), contentful(status));
  };
  return {
    id,
    method,
    path,
    access,
    hasDoor: spec.door !== undefined,
    register(app) {
      app.openAPIRegistry.registerPath(describe(spec));
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

type RoutePath = Parameters<OpenAPIHono["openAPIRegistry"]["registerPath"]>[0];

function describe<Params extends Shape, Query extends Shape, Body extends Shape, Answer extends z.ZodType>(
  spec: OperationSpec<Params, Query, Body, Answer>,
): RoutePath {
  const { id, method, path, tag, summary, access, status, answer } = spec;
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
      ...(spec.body && { body: { required: true, content: { "application/json": { schema: spec.body } } } }),
    },
    responses: {
      [status]: {
        description: "Done.",
        ...(answer !== null && { content: { "application/json": { schema: answer } } }),
      },
      "4XX": { $ref: "#/components/responses/Problem" },
      "5XX": { $ref: "#/components/responses/Problem" },
    },
    "x-access": access,
  };
}
