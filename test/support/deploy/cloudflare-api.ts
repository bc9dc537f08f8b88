import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { z } from "zod";
import { listen } from "../../../dev/stack/listen.ts";
import { addVersion, draftWorker, FAKE_ACCOUNT, type FakeCloud, type FakeWorker } from "./fake-cloud.ts";

/** What wrangler uploads beside the modules. Source: wrangler, create-worker-upload-form.ts. */
const metadataSchema = z.looseObject({
  annotations: z.looseObject({ "workers/tag": z.string().optional() }).optional(),
  bindings: z.array(z.looseObject({ name: z.string(), type: z.string(), script_name: z.string().optional() })),
  migrations: z.object({ new_tag: z.string() }).optional(),
});
const secretsSchema = z.object({ secrets: z.record(z.string(), z.object({ text: z.string() }).nullable()) });
const deploymentSchema = z.looseObject({ versions: z.array(z.object({ version_id: z.string() })) });

const WORKER_PATH =
  /^\/client\/v4\/accounts\/[0-9a-f]{32}\/workers\/(scripts|services|workers)\/([a-z-]+)(\/[a-z-]+)?(\/[0-9a-z-]+)?$/;
const CREATED = { created_on: "2026-11-30T00:00:00Z", source: "wrangler", author_email: "ci@prismatic.test" };

export interface CloudflareApi {
  readonly url: string;
  /** Method and path of each request. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

/** As much of Cloudflare's API as wrangler 4.164 asks for in a deploy, over an account that is an object. */
export async function startCloudflareApi(cloud: FakeCloud): Promise<CloudflareApi> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    void reply(cloud, request, response);
  });
  const port = await listen(server, 0, "Cloudflare's API");
  return {
    url: `http://127.0.0.1:${port}/client/v4`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function reply(cloud: FakeCloud, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // What the double cannot read is a failure that wrangler tells of.
  const { status, body } = await answer(cloud, request).catch((error: unknown) => refuse(500, 1, String(error)));
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

async function answer(cloud: FakeCloud, request: IncomingMessage): Promise<Answer> {
  const bytes = await buffer(request);
  const { pathname } = new URL(request.url ?? "/", "http://api.test");
  const [, area, name = "", part = "", id] = WORKER_PATH.exec(pathname) ?? [];
  if (area === undefined) return ok(account(pathname));
  const method = request.method ?? "GET";
  if (method === "PUT" && part === "") return upload(cloud, name, await metadataOf(request, bytes));
  const worker = cloud.workers[name];
  if (worker === undefined) return refuse(404, 10_007, "This Worker does not exist on your account.");
  if (area === "services") return ok({ default_environment: { environment: "production", script: scriptOf(worker) } });
  if (area === "workers") return ok({ subdomain: { enabled: false, previews_enabled: false } });
  if (method === "POST" && part === "/versions") return upload(cloud, name, await metadataOf(request, bytes));
  if (method === "POST" && part === "/deployments") return serve(cloud, name, worker, JSON.parse(bytes.toString()));
  if (method === "PATCH" && part === "/secrets-bulk")
    return setSecrets(cloud, name, worker, JSON.parse(bytes.toString()));
  return ok(read(worker, part, id?.slice(1)));
}

function read(worker: FakeWorker, part: string, id: string | undefined): unknown {
  const described = worker.versions.map((version) => ({
    id: version.id,
    metadata: CREATED,
    annotations: version.tag === null ? {} : { "workers/tag": version.tag },
    resources: { bindings: [], script: { etag: "etag", handlers: ["fetch"] }, script_runtime: {} },
  }));
  if (part === "/domains") {
    worker.hasTriggers ||= id === "records";
    return { added: [], removed: [], updated: [], conflicting: [] };
  }
  if (part === "/secrets") return Object.keys(worker.secrets).map((name) => ({ name, type: "secret_text" }));
  if (part === "/versions") return id === undefined ? { items: described } : described.find((one) => one.id === id);
  if (part === "/deployments")
    return {
      deployments: [
        { id: "d", ...CREATED, strategy: "percentage", versions: [{ version_id: worker.serving, percentage: 100 }] },
      ],
    };
  return {};
}

function upload(cloud: FakeCloud, name: string, metadata: z.infer<typeof metadataSchema>): Answer {
  const worker = (cloud.workers[name] ??= draftWorker());
  for (const { type, name: binding, script_name: script } of metadata.bindings) {
    if (type === "inherit" && worker.secrets[binding] === undefined)
      return refuse(400, 10_057, `inherit binding '${binding}' is invalid`);
    if (script !== undefined && (cloud.workers[script]?.isDraft ?? true))
      return refuse(400, 10_061, `Cannot create binding for class of '${script}': there is no such script`);
  }
  const tag = metadata.annotations?.["workers/tag"] ?? null;
  const id = addVersion(worker, tag);
  if (tag !== null) {
    worker.isDraft = false;
    cloud.changes.push(`deploy ${name}`);
  }
  worker.migrationTag = metadata.migrations?.new_tag ?? worker.migrationTag;
  const script = { etag: "etag", handlers: ["fetch"] };
  return ok({ id, deployment_id: id.replaceAll("-", ""), startup_time_ms: 3, etag: "etag", resources: { script } });
}

function serve(cloud: FakeCloud, name: string, worker: FakeWorker, body: unknown): Answer {
  const [version] = deploymentSchema.parse(body).versions;
  const found = worker.versions.find(({ id }) => id === version?.version_id);
  if (found === undefined) return refuse(404, 10_088, "version not found");
  if (worker.serving !== found.id) cloud.changes.push(`rollback ${name}`);
  worker.serving = found.id;
  worker.secrets = { ...found.secrets };
  return ok({ id: "d" });
}

function setSecrets(cloud: FakeCloud, name: string, worker: FakeWorker, body: unknown): Answer {
  const { secrets } = secretsSchema.parse(body);
  for (const [key, value] of Object.entries(secrets)) worker.secrets[key] = value?.text ?? "";
  addVersion(worker, null);
  cloud.changes.push(`secrets ${name}: ${Object.keys(secrets).join(" ")}`);
  return ok({});
}

const scriptOf = ({ migrationTag }: FakeWorker): object => ({
  tag: "a-tag",
  tags: null,
  last_deployed_from: "wrangler",
  ...(migrationTag === null ? {} : { migration_tag: migrationTag }),
});

function account(pathname: string): unknown {
  const own = { id: FAKE_ACCOUNT, name: "Prismatic" };
  if (pathname.endsWith("/user/tokens/verify")) return { id: "token", status: "active" };
  if (pathname.endsWith("/user")) return { id: "user", email: "ci@prismatic.test" };
  if (pathname.endsWith("/accounts")) return [own];
  if (pathname.endsWith("/memberships")) return [{ account: own, roles: [] }];
  return {};
}

async function metadataOf(request: IncomingMessage, bytes: Buffer): Promise<z.infer<typeof metadataSchema>> {
  const headers = { "content-type": request.headers["content-type"] ?? "" };
  const form = await new Response(new Uint8Array(bytes), { headers }).formData();
  const metadata = form.get("metadata");
  const text = typeof metadata === "string" ? metadata : await metadata?.text();
  return metadataSchema.parse(JSON.parse(text ?? "{}"));
}

const ok = (result: unknown): Answer => ({
  status: 200,
  body: {
    success: true,
    errors: [],
    messages: [],
    result,
    result_info: { page: 1, per_page: 50, count: 1, total_pages: 1 },
  },
});

const refuse = (status: number, code: number, message: string): Answer => ({
  status,
  body: { success: false, errors: [{ code, message }], messages: [], result: null },
});
