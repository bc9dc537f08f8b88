import { spawn, type ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readState, type StackState } from "../../../dev/stack/state.ts";
import { until } from "./until.ts";

export interface ProcessOptions {
  readonly dataDir: string;
  /** A Postgres of its own, or null for the embedded one. */
  readonly databaseUrl: string | null;
  readonly gatewayEnv: Readonly<Record<string, string>>;
}

/** A line that the gateway logged when the Account object had durably ended a call. */
export interface SettledLine {
  readonly id: string;
  readonly outcome: string;
  readonly kind: string;
  readonly costNano: string;
}

const PROGRAM = resolve(import.meta.dirname, "stack-program.ts");
const ROOT = resolve(import.meta.dirname, "../../..");
const READY_LIMIT_MS = 90_000;
const EXIT_LIMIT_MS = 20_000;

/** A whole stack in a process of its own. Every process that it stops or kills is one that it started. */
export class StackProcess {
  readonly state: StackState;
  readonly #child: ChildProcess;
  readonly #dataDir: string;
  readonly #output: () => string;

  private constructor(child: ChildProcess, dataDir: string, output: () => string, state: StackState) {
    this.#child = child;
    this.#dataDir = dataDir;
    this.#output = output;
    this.state = state;
  }

  /** Starts it and waits until it is ready; throws with its output when it ends before. */
  static async start(options: ProcessOptions): Promise<StackProcess> {
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], {
      cwd: ROOT,
      env: { PATH: process.env["PATH"] ?? "", HOME: tmpdir() },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += String(chunk)));
    child.stderr.on("data", (chunk) => (output += String(chunk)));
    const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
    await until("the stack is ready", () => ended() || /^ready$/m.test(output), READY_LIMIT_MS).catch(
      (error: unknown) => {
        child.kill("SIGKILL");
        throw new Error(`${String(error)}\n${output}`);
      },
    );
    const state = ended() ? null : await readState(options.dataDir);
    if (state === null) throw new Error(`the stack did not start:\n${output}`);
    return new StackProcess(child, options.dataDir, () => output, state);
  }

  /** Calls whose end the object had acknowledged when this was asked. */
  settled(): SettledLine[] {
    return [...this.#output().matchAll(/^\[workerd\] (\{"time".*"message":"call".*\})$/gm)].map(([, text]) => {
      const line: Record<string, unknown> = JSON.parse(text ?? "");
      const field = (name: string): string => String(line[name]);
      return { id: field("request_id"), outcome: field("outcome"), kind: field("kind"), costNano: field("cost_nano") };
    });
  }

  /** Everything at once, as when the machine loses power: the program and its workerd get SIGKILL before either can react. */
  async kill(): Promise<void> {
    const pids = await this.#workerdPids();
    this.#child.kill("SIGKILL");
    for (const pid of pids) process.kill(pid, "SIGKILL");
    await this.#gone(pids);
  }

  /** The orderly way. Throws when it does not end by itself. A second call does nothing. */
  async stop(): Promise<void> {
    const pids = this.#ended() ? [] : await this.#workerdPids();
    this.#child.kill("SIGTERM");
    await this.#gone(pids);
  }

  async #gone(pids: readonly number[]): Promise<void> {
    await until("the processes have ended", async () => this.#ended() && !(await anyAlive(pids)), EXIT_LIMIT_MS);
  }

  #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #workerdPids(): Promise<number[]> {
    const pids: unknown = JSON.parse(await readFile(join(this.#dataDir, "children.json"), "utf8"));
    if (!Array.isArray(pids)) throw new Error("children.json is no list");
    // A recorded process may have ended and its number may be another's by now: only our child's children are ours.
    const parents = await Promise.all(pids.map(async (pid) => (await readStat(Number(pid)))?.parent));
    return pids.map(Number).filter((_, index) => parents[index] === this.#child.pid);
  }
}

async function anyAlive(pids: readonly number[]): Promise<boolean> {
  // A killed process that nobody has waited for yet is a zombie, and holds nothing any more.
  const stats = await Promise.all(pids.map(readStat));
  return stats.some((stat) => stat !== null && stat.state !== "Z");
}

/** State and parent of a process, or null when there is none. Reads /proc, so Linux only. Source: proc_pid_stat(5). */
async function readStat(pid: number): Promise<{ readonly state: string; readonly parent: number } | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const [state = "", parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}
