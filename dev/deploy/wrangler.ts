import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { DeployError } from "./deploy-error.ts";
import type { ProcessResult, RunProcess } from "./run-process.ts";

/** One command of wrangler's; an upload on a slow line is the longest. */
const WRANGLER_TIMEOUT_MS = 300_000;
/** Of commands that only read. What changes something is done once: the next run looks at what came of it. */
const READ_TRIES = 3;
const READ_PAUSE_MS = 2_000;
const MESSAGE_CHARACTERS_MAX = 2_000;
/** Cloudflare's codes for a Worker that is not there. Source: wrangler, deploy-helpers/worker-not-found-error.ts. */
const NOT_FOUND_CODES = new Set([10_007, 10_090]);
const NOT_FOUND_TEXT = /^Worker "[^"]+".* not found\.|has no deployments\.$/m;

const WHOAMI = z.object({ accounts: z.array(z.object({ id: z.string() })) });
const SECRET_LIST = z.array(z.object({ name: z.string() }));
const DEPLOYMENT = z.object({
  versions: z.array(z.object({ version_id: z.string(), percentage: z.number() })),
});
const VERSIONS = z.array(
  z.object({ id: z.string(), annotations: z.record(z.string(), z.unknown()).nullish().catch(null) }),
);
/** Lines of the file that `WRANGLER_OUTPUT_FILE_PATH` names. Source: wrangler, workers-utils/output.ts. */
const FAILED = z.object({ type: z.literal("command-failed"), code: z.number().nullish(), message: z.string() });
const DEPLOYED = z.object({ type: z.literal("deploy"), version_id: z.string().nullable() });

export interface WorkerVersion {
  readonly id: string;
  /** What the deploy that made it wrote on it; null where another way made it. */
  readonly tag: string | null;
}

export interface WranglerOptions {
  /** Node and wrangler's entry. */
  readonly command: readonly [string, ...string[]];
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly run: RunProcess;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Wrangler, by what it prints for programs. A config file says which Worker is meant. */
export class Wrangler {
  readonly #options: WranglerOptions;
  /** What was read since the last change, by command: each command starts a program, and steps ask alike. */
  readonly #known = new Map<string, string | null>();

  constructor(options: WranglerOptions) {
    this.#options = options;
  }

  /** Others may have changed something meanwhile: what was read is read again. */
  forget(): void {
    this.#known.clear();
  }

  /** Ids of the accounts that the token reaches. */
  async accounts(): Promise<readonly string[]> {
    const { accounts } = parse(WHOAMI, await this.#read(["whoami", "--json"]));
    return accounts.map(({ id }) => id);
  }

  /** Names of the secrets that a Worker has; null where there is no Worker. */
  async secrets(config: string): Promise<readonly string[] | null> {
    const answer = await this.#readIfThere(["secret", "list", "--format", "json", "--config", config]);
    return answer === null ? null : parse(SECRET_LIST, answer).map(({ name }) => name);
  }

  /** Sets secrets, by stdin: arguments stand in the list of processes. Makes an empty Worker where there is none. */
  async putSecrets(config: string, values: Readonly<Record<string, string>>): Promise<void> {
    await this.#once(["secret", "bulk", "--config", config], JSON.stringify(values));
  }

  /** What serves all requests now; null where nothing does, or several versions share them. */
  async current(config: string): Promise<string | null> {
    const answer = await this.#readIfThere(["deployments", "status", "--json", "--config", config]);
    if (answer === null) return null;
    return parse(DEPLOYMENT, answer).versions.find(({ percentage }) => percentage === 100)?.version_id ?? null;
  }

  /** The ten newest, oldest first. */
  async versions(config: string): Promise<readonly WorkerVersion[]> {
    const answer = await this.#readIfThere(["versions", "list", "--json", "--config", config]);
    if (answer === null) return [];
    return parse(VERSIONS, answer).map(({ id, annotations }) => {
      const tag = annotations?.["workers/tag"];
      return { id, tag: typeof tag === "string" ? tag : null };
    });
  }

  /** Uploads and takes into service; answers the version's id. */
  async deploy(config: string, tag: string, message: string): Promise<string> {
    const lines = await this.#once(["deploy", "--config", config, "--tag", tag, "--message", message]);
    for (const line of lines) {
      const deployed = DEPLOYED.safeParse(line);
      if (deployed.success && deployed.data.version_id !== null) return deployed.data.version_id;
    }
    throw new DeployError("wrangler deploy named no version: nothing was deployed");
  }

  /** Gives what is uploaded already its addresses and cron: a deploy's last part, which may be repeated. */
  async deployTriggers(config: string): Promise<void> {
    await this.#once(["triggers", "deploy", "--config", config]);
  }

  async rollback(config: string, version: string, message: string): Promise<void> {
    await this.#once(["rollback", version, "--config", config, "--message", message, "--yes"]);
  }

  /** Writes what a deploy would upload. Asks no network. */
  async bundle(config: string, directory: string): Promise<void> {
    await this.#once(["deploy", "--dry-run", "--config", config, "--outdir", directory]);
  }

  async #readIfThere(args: readonly string[]): Promise<string | null> {
    const command = args.join(" ");
    const known = this.#known.get(command);
    if (known !== undefined) return known;
    const { result, lines } = await this.#tries(args);
    if (result.exitCode !== 0 && !isNotFound(lines, result)) throw failure(args, result, lines);
    const answer = result.exitCode === 0 ? result.stdout : null;
    this.#known.set(command, answer);
    return answer;
  }

  async #read(args: readonly string[]): Promise<string> {
    const { result, lines } = await this.#tries(args);
    if (result.exitCode !== 0) throw failure(args, result, lines);
    return result.stdout;
  }

  async #tries(args: readonly string[]): Promise<Answer> {
    let answer = await this.#start(args, "");
    for (let tried = 1; tried < READ_TRIES && answer.result.exitCode !== 0; tried += 1) {
      if (isNotFound(answer.lines, answer.result)) return answer;
      await this.#options.sleep(READ_PAUSE_MS);
      answer = await this.#start(args, "");
    }
    return answer;
  }

  async #once(args: readonly string[], stdin = ""): Promise<readonly unknown[]> {
    // Before, because one that fails may have changed something too, and after, because one may be read meanwhile.
    this.forget();
    const { result, lines } = await this.#start(args, stdin);
    this.forget();
    if (result.exitCode !== 0) throw failure(args, result, lines);
    return lines;
  }

  async #start(args: readonly string[], stdin: string): Promise<Answer> {
    const { command, root, env, run } = this.#options;
    const directory = await mkdtemp(join(tmpdir(), "prismatic-deploy-"));
    const report = join(directory, "report.ndjson");
    try {
      const result = await run({
        command: [...command, ...args],
        cwd: root,
        env: { ...env, WRANGLER_OUTPUT_FILE_PATH: report },
        stdin,
        timeoutMs: WRANGLER_TIMEOUT_MS,
      });
      return { result, lines: await readLines(report) };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}

interface Answer {
  readonly result: ProcessResult;
  readonly lines: readonly unknown[];
}

async function readLines(path: string): Promise<readonly unknown[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
}

function failureLine(lines: readonly unknown[]): z.infer<typeof FAILED> | null {
  for (const line of lines) {
    const failed = FAILED.safeParse(line);
    if (failed.success) return failed.data;
  }
  return null;
}

function isNotFound(lines: readonly unknown[], { stderr }: ProcessResult): boolean {
  const failed = failureLine(lines);
  if (failed?.code !== undefined && failed.code !== null) return NOT_FOUND_CODES.has(failed.code);
  return NOT_FOUND_TEXT.test(failed?.message ?? stderr);
}

function failure(args: readonly string[], { exitCode, stderr, stdout }: ProcessResult, lines: readonly unknown[]) {
  const said = failureLine(lines)?.message ?? (stderr || stdout);
  const command = args.slice(
    0,
    args.findIndex((arg) => arg.startsWith("--")),
  );
  return new DeployError(
    `wrangler ${command.join(" ")} failed (${exitCode}): ${said.slice(0, MESSAGE_CHARACTERS_MAX)}`,
  );
}

function parse<Value>(schema: z.ZodType<Value>, text: string): Value {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DeployError("wrangler answered in a form that this program does not know", undefined, { cause });
  }
}
