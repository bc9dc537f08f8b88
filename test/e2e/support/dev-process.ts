import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../../..");
const READY_TIMEOUT_MS = 45_000;
const PORT_ATTEMPTS = 20;
const HIGHEST_OFFSET = 14;
const LOWEST_BASE = 20_000;
const BASE_SPAN = 20_000;

/** `npm run dev`, as a process of its own. */
export interface DevProcess {
  readonly child: ChildProcess;
  /** Everything it printed so far. */
  output(): string;
  /** Resolves with the exit code (null after a signal). */
  readonly exited: Promise<number | null>;
}

/** Starts the program without waiting. Its environment is the test's, less anything that would configure a provider. */
export function spawnDev(dataDir: string, portBase: number, args: readonly string[] = []): DevProcess {
  const child = spawn(process.execPath, [join(ROOT, "dev/main.ts"), ...args], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"] ?? "", HOME: tmpdir(), DEV_DATA_DIR: dataDir, PORT_BASE: String(portBase) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => (text += String(chunk)));
  child.stderr.on("data", (chunk) => (text += String(chunk)));
  const exited = new Promise<number | null>((done) => {
    child.once("exit", (code) => done(code));
  });
  return { child, output: () => text, exited };
}

/** Resolves when the line `ready` was printed. Throws with the output when the process ends or is too slow. */
export async function waitUntilReady(dev: DevProcess): Promise<void> {
  const ready = new Promise<"ready">((done) => {
    const look = (): void => {
      if (/^ready$/m.test(dev.output())) done("ready");
    };
    dev.child.stdout?.on("data", look);
    look();
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((done) => {
    timer = setTimeout(() => done("late"), READY_TIMEOUT_MS);
  });
  const outcome = await Promise.race([ready, late, dev.exited]);
  clearTimeout(timer);
  if (outcome !== "ready") throw new Error(`the dev stack is not ready (${String(outcome)}):\n${dev.output()}`);
}

/** Fifteen neighbouring ports that were free a moment ago. */
export async function freePortBase(): Promise<number> {
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt += 1) {
    const base = LOWEST_BASE + Math.floor(Math.random() * BASE_SPAN);
    const ports = Array.from({ length: HIGHEST_OFFSET + 1 }, (_, offset) => base + offset);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base;
  }
  throw new Error("found no free range of ports");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once("error", () => done(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)));
  });
}

/** A directory for one test, and its removal. */
export async function temporaryDirectory(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "prismatic-e2e-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Whether a process is there; a zombie that nobody has waited for is not. Reads /proc, so Linux only. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
  } catch {
    return false;
  }
}
