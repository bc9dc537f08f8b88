import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { experimental_readRawConfig } from "wrangler";
import { childEnvironment } from "../../../dev/deploy/child-environment.ts";
import { deploy } from "../../../dev/deploy/deploy.ts";
import type { DatabasePort } from "../../../dev/deploy/database.ts";
import type { Builder, DeployPorts } from "../../../dev/deploy/run.ts";
import { runProcess, type RunProcess } from "../../../dev/deploy/run-process.ts";
import { Wrangler, type WranglerOptions } from "../../../dev/deploy/wrangler.ts";
import { answerWrangler, emptyCloud, FAKE_ACCOUNT, readCloud, writeCloud, type FakeCloud } from "./fake-cloud.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const WRANGLER = resolve(ROOT, "node_modules/wrangler/bin/wrangler.js");
const MIGRATIONS = ["0000_first", "0001_second"];
/** Read once: tests deploy hundreds of times. */
const SOURCE_CONFIGS = {
  gateway: sourceConfig("wrangler.toml"),
  console: sourceConfig("workers/console/wrangler.toml"),
} as const;
/** Cheap: what a guess costs is not what these tests are about. */
const VAULT_COST = 16;

/** Values that whoever deploys gives, none of which may be seen anywhere but where it belongs. */
export const GIVEN = {
  CLOUDFLARE_API_TOKEN: "canary-cloudflare-token",
  CLOUDFLARE_ACCOUNT_ID: FAKE_ACCOUNT,
  DATABASE_OWNER_URL: "postgresql://neondb_owner:canary-owner-password@ep-calm-1.neon.tech/prismatic?sslmode=require",
  DEPLOY_PASSPHRASE: "canary passphrase of the vault",
  UPSTASH_REDIS_REST_URL: "https://canary-redis.upstash.io",
  UPSTASH_REDIS_REST_TOKEN: "canary-upstash-token",
  RESEND_API_KEY: "re_canary_resend_key",
  OPENAI_API_KEY: "sk-canary-openai-key",
} as const;

export interface FakeDatabase {
  applied: string[];
  known: string[];
  /** How often each migration was applied. */
  readonly applications: string[];
  readonly passwords: Map<string, string>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly ask?: DeployPorts["ask"];
  readonly changes?: readonly string[];
  /** The n-th time that something outside is asked or changed, the program ends there, before or after it was done. */
  readonly killAt?: number;
  readonly fetch?: DeployPorts["fetch"];
}

export interface WorldOptions {
  readonly wrangler?: "double" | "program" | { readonly apiUrl: () => string };
  readonly builder?: (wrangler: Wrangler) => Builder;
}

export interface RunResult {
  readonly exitCode: number;
  readonly output: string;
  /** How many moments there were at which it could have been killed. */
  readonly moments: number;
}

/** A deployer's machine with an account at Cloudflare and a database that are files and objects. */
export class DeployWorld {
  readonly directory = mkdtempSync(join(tmpdir(), "prismatic-deploy-world-"));
  readonly database: FakeDatabase = { applied: [], known: MIGRATIONS, applications: [], passwords: new Map() };
  /** What the Workers are built of. */
  source = "first";
  /** Every line that any run printed. */
  readonly printed: string[] = [];
  slept = 0;
  readonly #cloudPath = join(this.directory, "cloud.json");
  readonly #wrangler: NonNullable<WorldOptions["wrangler"]>;
  readonly #builder: WorldOptions["builder"] | null;
  /** The account, where no program keeps it in a file. */
  readonly account = emptyCloud();

  /** `wrangler`: a double of it in this process, the double as a program, or wrangler itself, which asks `apiUrl`. */
  constructor({ wrangler = "double", builder }: WorldOptions = {}) {
    this.#wrangler = wrangler;
    this.#builder = builder ?? null;
    if (wrangler === "program") writeCloud(this.#cloudPath, emptyCloud());
  }

  /** As it is now. */
  get cloud(): FakeCloud {
    return this.#wrangler === "program" ? readCloud(this.#cloudPath) : structuredClone(this.account);
  }

  /** Somebody else does something at Cloudflare. */
  changeCloud(change: (cloud: FakeCloud) => void): void {
    change(this.account);
  }

  get deployDir(): string {
    return join(this.directory, ".deploy");
  }

  /** All files that deploys have left, by name. */
  get files(): ReadonlyMap<string, string> {
    if (!existsSync(this.deployDir)) return new Map();
    return new Map(readdirSync(this.deployDir).map((name) => [name, readFileSync(join(this.deployDir, name), "utf8")]));
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  async run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const lines: string[] = [];
    let moments = 0;
    const moment = (): void => {
      moments += 1;
      if (moments === options.killAt) throw new Error("killed here");
      if (options.killAt !== undefined && moments > options.killAt) throw new Error("dead programs do nothing");
    };
    const ports = this.#ports(options, moment, (line) => lines.push(line));
    const directories = { deployDir: this.deployDir, distDir: join(this.directory, "dist") };
    const exitCode = await deploy(argv, ports, directories);
    this.printed.push(...lines);
    return { exitCode, output: lines.join("\n"), moments };
  }

  #ports(options: RunOptions, moment: () => void, out: (line: string) => void): DeployPorts {
    const env = options.env ?? GIVEN;
    const wrangler = new Wrangler({
      ...this.#startWrangler(childEnvironment(env, false)),
      root: this.directory,
      run: between(this.#wrangler === "double" ? this.#answer : runProcess, moment),
      sleep: () => Promise.resolve(),
    });
    let randoms = 0;
    return {
      env,
      out,
      ask: options.ask ?? null,
      fetch: options.fetch ?? this.answers,
      sleep: (ms) => {
        this.slept += ms;
        return Promise.resolve();
      },
      random: (bytes) => {
        randoms += 1;
        const seed = `${this.directory} ${this.printed.length} ${randoms}`;
        return createHash("sha512").update(seed).digest().subarray(0, bytes);
      },
      database: databasePort(this.database, moment),
      wrangler,
      git: {
        commit: () => Promise.resolve("7f15342200000000000000000000000000000000"),
        changes: () => Promise.resolve(options.changes ?? []),
      },
      builder: this.#builder?.(wrangler) ?? {
        inputs: () => Promise.resolve(this.source),
        build: (worker, directory) => {
          mkdirSync(directory, { recursive: true });
          writeFileSync(join(directory, "index.js"), `// ${worker} ${this.source}`);
          return Promise.resolve([`built the ${worker}`]);
        },
        sourceConfig: (worker) => Promise.resolve(SOURCE_CONFIGS[worker]),
      },
      vaultCost: VAULT_COST,
    };
  }

  #startWrangler(env: Readonly<Record<string, string>>): Pick<WranglerOptions, "command" | "env"> {
    if (typeof this.#wrangler === "object")
      return {
        command: [process.execPath, WRANGLER],
        env: { ...env, CLOUDFLARE_API_BASE_URL: this.#wrangler.apiUrl() },
      };
    return { command: [process.execPath, resolve(ROOT, "test/support/deploy/fake-wrangler.ts"), this.#cloudPath], env };
  }

  readonly #answer: RunProcess = ({ command, env, stdin }) =>
    Promise.resolve(answerWrangler(this.account, command.slice(3), env, stdin));

  /** Both Workers as they are when all is well. */
  readonly answers: DeployPorts["fetch"] = (address, init) => {
    const { pathname } = new URL(address);
    const bearer = new Headers(init.headers).get("authorization");
    if (pathname === "/health") return json(200, { status: "ok" });
    if (pathname === "/v1/models") return json(200, { data: [{ id: "sandbox/echo" }] });
    if (pathname === "/v1/key") return json(401, { error: { code: "invalid_api_key", message: "Incorrect API key." } });
    if (pathname === "/api/v1/me")
      return json(401, { code: "invalid_management_key", status: 401, request_id: "req_1", detail: "not valid" });
    const token = Object.values((this.#wrangler === "program" ? this.cloud : this.account).workers).find(
      ({ secrets }) => secrets["INTERNAL_TOKEN"],
    )?.secrets;
    if (pathname === "/internal/project" && bearer === `Bearer ${token?.["INTERNAL_TOKEN"]}`)
      return json(200, { applied: 0, failed: 0, waiting: 0, set_aside: 0, retried: 0 });
    return json(404, { error: { code: "not_found", message: "not found" } });
  };
}

function sourceConfig(file: string): Readonly<Record<string, unknown>> {
  return { ...experimental_readRawConfig({ config: resolve(ROOT, file) }).rawConfig };
}

const json = (status: number, body: unknown): Promise<Response> => Promise.resolve(Response.json(body, { status }));

/** A program can be killed before what it asks for was done, and after it, before it hears of that. */
function between(run: RunProcess, moment: () => void): RunProcess {
  return async (request) => {
    moment();
    const result = await run(request);
    moment();
    return result;
  };
}

function databasePort(database: FakeDatabase, moment: () => void): DatabasePort {
  const change = <T>(work: () => T): Promise<T> => {
    moment();
    const result = work();
    moment();
    return Promise.resolve(result);
  };
  return {
    open: async () => ({
      status: () =>
        change(() => ({
          pending: database.known.filter((tag) => !database.applied.includes(tag)),
          unknown: database.applied.filter((tag) => !database.known.includes(tag)).length,
          changed: [],
        })),
      migrate: () =>
        change(() => {
          const tags = database.known.filter((tag) => !database.applied.includes(tag));
          database.applied.push(...tags);
          database.applications.push(...tags);
          return tags;
        }),
      allowLogin: (role, password) => change(() => void database.passwords.set(role, password)),
      close: () => Promise.resolve(),
    }),
    userOf: async (url) => {
      const { username, password } = new URL(url);
      if (database.passwords.get(username) !== password) throw new Error(`nobody is let in at ${url}`);
      return username;
    },
  };
}
