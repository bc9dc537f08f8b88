import type { Random } from "../stack/make-secrets.ts";
import type { DeployArguments } from "./arguments.ts";
import type { DatabasePort, DeployDatabase } from "./database.ts";
import type { DeployEnvironment, Worker } from "./environments.ts";
import type { Redactor } from "./redact.ts";
import type { DeployState } from "./state.ts";
import type { StepName } from "./step-names.ts";
import type { Vault } from "./vault.ts";
import type { Wrangler } from "./wrangler.ts";

/** What a deploy needs of the outside world, so that tests give it another. */
export interface DeployPorts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (line: string) => void;
  /** A line that a person types; null where nobody is there to ask. */
  readonly ask: ((question: string, options: { readonly hidden: boolean }) => Promise<string>) | null;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: Random;
  readonly database: DatabasePort;
  readonly wrangler: Wrangler;
  readonly git: GitPort;
  readonly builder: Builder;
  /** scrypt's cost; the vault's own by default. */
  readonly vaultCost?: number;
}

export interface GitPort {
  /** Null where this is no checkout. */
  commit(): Promise<string | null>;
  /** Files that differ from the commit, or are not in it. */
  changes(): Promise<readonly string[]>;
}

export interface Builder {
  /** A fingerprint of everything that the Workers are built of. */
  inputs(): Promise<string>;
  /** Writes one Worker's modules into an empty directory; answers lines for the plan. Throws where a bound is passed. */
  build(worker: Worker, directory: string): Promise<readonly string[]>;
  /** What the source's wrangler file says. */
  sourceConfig(worker: Worker): Promise<Readonly<Record<string, unknown>>>;
}

export interface DeployDirectories {
  /** Where state and vaults are kept. */
  readonly deployDir: string;
  /** Where builds go. */
  readonly distDir: string;
}

/** One run of `npm run deploy`. */
export interface DeployRun {
  readonly args: DeployArguments;
  readonly environment: DeployEnvironment;
  readonly ports: DeployPorts;
  readonly redactor: Redactor;
  /** `dist/deploy/<environment>`: what is uploaded. */
  readonly distDir: string;
  readonly state: DeployState;
  /** Writes the state; does nothing in a dry run. */
  readonly save: () => Promise<void>;
  /** As the owner, opened at the first use. */
  readonly database: () => Promise<DeployDatabase>;
  /** Opened at the first use, because it asks for its passphrase. */
  readonly vault: () => Promise<Vault>;
  /** The vault, if this run has opened it. */
  readonly vaultIfOpen: () => Vault | null;
  /** Values that were asked for in this run, by name. */
  readonly given: Map<string, string>;
}

export interface StepPlan {
  /** "done": there is nothing to do. */
  readonly action: "do" | "done";
  readonly lines: readonly string[];
}

/** One step. `plan` reads and changes nothing; `run` may be repeated after a kill; `verify` throws where `run` did not do it. */
export interface Step {
  readonly name: StepName;
  readonly plan: (run: DeployRun) => Promise<StepPlan>;
  readonly run: (run: DeployRun) => Promise<void>;
  readonly verify: (run: DeployRun) => Promise<void>;
}
