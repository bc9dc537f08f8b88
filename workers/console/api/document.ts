import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { ApiHono } from "./context.ts";
import { OPERATIONS } from "./operations.ts";

const problem = z
  .strictObject({
    type: z.url(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    request_id: z.string(),
    param: z.string().optional(),
  })
  .openapi("Problem", { description: "RFC 9457. `type` is the page of the docs that explains `code`." });

const TAGS = [
  { name: "Sign-in", description: "Accounts, sessions and passwords." },
  { name: "Account", description: "Your own account: preferences, sessions, second factor." },
  { name: "Organizations", description: "What owns keys, credit and usage." },
  { name: "Members", description: "Who may do what in an organization, and invitations to it." },
  { name: "Management keys", description: "Keys to this API, for programs, and how a program gets one." },
  { name: "Keys", description: "API keys: what they may do, and their lives." },
  { name: "Budgets", description: "Limits that several keys share, and when they were passed." },
  { name: "Provider keys", description: "An organization's own keys at AI providers." },
  {
    name: "Operators",
    description: "For the platform's own people, each with a second factor. Everybody else finds nothing here.",
  },
  { name: "Usage", description: "What calls used and cost: sums, and the receipt of each." },
];

/** The OpenAPI 3.1 document of the control API, as it is committed and served. */
export function openApiDocument(): object {
  const app = new OpenAPIHono<ApiHono>();
  const { openAPIRegistry: registry } = app;
  registry.register("Problem", problem);
  registry.registerComponent("responses", "Problem", {
    description: "Refused or failed.",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  });
  registry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: "__Host-prismatic",
    description: "Set by `signIn`. Unsafe methods want `Origin` to be our own site.",
  });
  registry.registerComponent("securitySchemes", "managementKey", {
    type: "http",
    scheme: "bearer",
    description:
      "`prism_mgmt_…`: for programs. It may what it was given, in its own organization. No cookie beside it.",
  });
  for (const operation of OPERATIONS) operation.register(app);
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Prismatic control API",
      version: "1",
      description: "Accounts, organizations, keys. The API that answers AI calls is another one: docs/gateway.md.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    servers: [{ url: "https://prismaticapi.com/api/v1" }],
    tags: TAGS,
  });
}
