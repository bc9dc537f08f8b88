import { createHash } from "node:crypto";
import { appendFileSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";

/** The account that the double knows. */
export const FAKE_ACCOUNT = "0123456789abcdef0123456789abcdef";

const versionSchema = z.object({
  id: z.string(),
  tag: z.string().nullable(),
  secrets: z.record(z.string(), z.string()),
});
const workerSchema = z.object({
  secrets: z.record(z.string(), z.string()),
  versions: z.array(versionSchema),
  serving: z.string(),
  /** Nothing but its secrets was uploaded yet. */
  isDraft: z.boolean(),
  /** Whether it has its addresses and cron. */
  hasTriggers: z.boolean(),
  /** The last migration of its objects. */
  migrationTag: z.string().nullable(),
});
const cloudSchema = z.object({
  workers: z.record(z.string(), workerSchema),
  /** What each call was, without what came by stdin. */
  calls: z.array(z.object({ argv: z.array(z.string()), env: z.array(z.string()) })),
  /** Of commands that changed something: `deploy prismatic-gateway`. */
  changes: z.array(z.string()),
  /** A deploy ends after its upload, before the Worker has its addresses. */
  breaksAfterUpload: z.boolean(),
});
export type FakeCloud = z.infer<typeof cloudSchema>;
export type FakeWorker = FakeCloud["workers"][string];

const configSchema = z.looseObject({
  name: z.string(),
  main: z.string(),
  durable_objects: z.object({ bindings: z.array(z.looseObject({ script_name: z.string().optional() })) }).optional(),
  secrets: z.object({ required: z.array(z.string()) }).optional(),
});
type Config = z.infer<typeof configSchema>;

export const emptyCloud = (): FakeCloud => ({ workers: {}, calls: [], changes: [], breaksAfterUpload: false });
export const draftWorker = (): FakeWorker => ({
  secrets: {},
  versions: [],
  serving: "",
  isDraft: true,
  hasTriggers: false,
  migrationTag: null,
});
export const readCloud = (path: string): FakeCloud => cloudSchema.parse(JSON.parse(readFileSync(path, "utf8")));
export const writeCloud = (path: string, cloud: FakeCloud): void => writeFileSync(path, JSON.stringify(cloud));

export interface FakeAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Wrangler 4.164 as a deploy calls it, over an account that is an object. The forms of its answers are those of its source:
 * `secret/index.ts`, `versions/list.ts`, `versions/deployments/status.ts`, `versions/rollback`, `workers-utils/output.ts`.
 */
export function answerWrangler(
  cloud: FakeCloud,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin: string,
): FakeAnswer {
  cloud.calls.push({ argv: [...argv], env: Object.keys(env).toSorted() });
  return answerOf(cloud, argv, stdin, (line) => {
    const report = env["WRANGLER_OUTPUT_FILE_PATH"];
    if (report !== undefined) appendFileSync(report, `${JSON.stringify({ ...line, version: 1 })}\n`);
  });
}

type Report = (line: Readonly<Record<string, unknown>>) => void;

function answerOf(cloud: FakeCloud, argv: readonly string[], stdin: string, report: Report): FakeAnswer {
  report({ type: "wrangler-session", wrangler_version: "4.164.0", command_line_args: argv });
  const config = argv.includes("--config") ? readConfig(argv[argv.indexOf("--config") + 1] ?? "") : null;
  const command = `${argv[0]} ${argv[1]}`;
  if (command === "whoami --json")
    return ok({ loggedIn: true, authType: "Account API Token", accounts: [{ id: FAKE_ACCOUNT, name: "Prismatic" }] });
  if (config === null) return fail(report, "no config");
  if (argv.includes("--dry-run")) return copyModules(config, argv);
  if (argv[0] === "deploy") return deploy(cloud, config, argv, report);
  if (command === "secret bulk") return bulk(cloud, config, stdin);
  const worker = cloud.workers[config.name];
  if (worker === undefined) return notThere(command, config.name, report);
  if (command === "triggers deploy") {
    worker.hasTriggers = true;
    return { exitCode: 0, stdout: `Deployed ${config.name} triggers\n`, stderr: "" };
  }
  if (argv[0] === "rollback") return rollback(cloud, config.name, worker, argv[1] ?? "", report);
  if (command === "secret list") return ok(Object.keys(worker.secrets).map((name) => ({ name, type: "secret_text" })));
  if (command === "deployments status")
    return ok({ id: "a-deployment", source: "wrangler", versions: [{ version_id: worker.serving, percentage: 100 }] });
  if (command === "versions list")
    return ok(
      worker.versions.slice(-10).map(({ id, tag }) => ({
        id,
        metadata: { created_on: "2026-11-30T00:00:00Z", source: "wrangler" },
        annotations: tag === null ? {} : { "workers/tag": tag },
      })),
    );
  return fail(report, `unknown command ${command}`);
}

function deploy(cloud: FakeCloud, config: Config, argv: readonly string[], report: Report): FakeAnswer {
  const worker = cloud.workers[config.name];
  const missing = (config.secrets?.required ?? []).filter((name) => worker?.secrets[name] === undefined);
  if (worker === undefined || missing.length > 0)
    return fail(report, `The following required secrets have not been set: ${missing.join(", ")}`);
  for (const { script_name: script } of config.durable_objects?.bindings ?? []) {
    if (script !== undefined && (cloud.workers[script]?.isDraft ?? true))
      return fail(report, `Cannot create binding for a class of '${script}': the script does not exist [code: 10061]`);
  }
  worker.isDraft = false;
  const id = addVersion(worker, argv[argv.indexOf("--tag") + 1] ?? null);
  cloud.changes.push(`deploy ${config.name}`);
  if (cloud.breaksAfterUpload) return fail(report, "no answer from Cloudflare");
  worker.hasTriggers = true;
  report({ type: "deploy", worker_name: config.name, worker_tag: "a-tag", version_id: id, targets: [] });
  return { exitCode: 0, stdout: `Uploaded ${config.name}\nCurrent Version ID: ${id}\n`, stderr: "" };
}

function bulk(cloud: FakeCloud, config: Config, stdin: string): FakeAnswer {
  const values = z.record(z.string(), z.string()).parse(JSON.parse(stdin));
  const worker = (cloud.workers[config.name] ??= draftWorker());
  Object.assign(worker.secrets, values);
  addVersion(worker, null);
  cloud.changes.push(`secrets ${config.name}: ${Object.keys(values).join(" ")}`);
  const lines = Object.keys(values).map((name) => `✨ Successfully created secret for key: ${name}`);
  return { exitCode: 0, stdout: `${lines.join("\n")}\n`, stderr: "" };
}

function rollback(cloud: FakeCloud, name: string, worker: FakeWorker, id: string, report: Report): FakeAnswer {
  if (!worker.versions.some((version) => version.id === id)) return fail(report, "version not found", 10_088);
  worker.serving = id;
  // A version brings its own secrets back with it.
  worker.secrets = { ...worker.versions.find((version) => version.id === id)?.secrets };
  cloud.changes.push(`rollback ${name}`);
  return { exitCode: 0, stdout: `Current Version ID: ${id}\n`, stderr: "" };
}

/** With the secrets that there are now: a version carries its own. */
export function addVersion(worker: FakeWorker, tag: string | null): string {
  const digest = createHash("sha256")
    .update(`${worker.versions.length}${JSON.stringify(worker.secrets)}`)
    .digest("hex");
  const id = digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
  worker.versions.push({ id, tag, secrets: { ...worker.secrets } });
  worker.serving = id;
  return id;
}

function copyModules(config: Config & { readonly directory: string }, argv: readonly string[]): FakeAnswer {
  const target = argv[argv.indexOf("--outdir") + 1] ?? "";
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(config.directory).filter((file) => file.endsWith(".js")))
    copyFileSync(join(config.directory, name), join(target, name));
  return { exitCode: 0, stdout: "--dry-run: exiting now.\n", stderr: "" };
}

function readConfig(path: string): Config & { readonly directory: string } {
  if (basename(path) !== "wrangler.json") throw new Error("a deploy names a rendered config");
  return { ...configSchema.parse(JSON.parse(readFileSync(path, "utf8"))), directory: dirname(path) };
}

/** Cloudflare's own code where wrangler passes it on; `secret list` words it anew. */
function notThere(command: string, name: string, report: Report): FakeAnswer {
  if (command === "secret list")
    return fail(
      report,
      `Worker "${name}" not found.\n\nIf this is a new Worker, run \`wrangler deploy\` first to create it.`,
    );
  return fail(report, "This Worker does not exist on your account. [code: 10007]", 10_007);
}

const ok = (value: unknown): FakeAnswer => ({ exitCode: 0, stdout: `${JSON.stringify(value, null, 2)}\n`, stderr: "" });

function fail(report: Report, message: string, code?: number): FakeAnswer {
  report({ type: "command-failed", message, ...(code === undefined ? {} : { code }) });
  return { exitCode: 1, stdout: "", stderr: `\n✘ [ERROR] ${message}\n\n` };
}
