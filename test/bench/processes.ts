import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** Linux counts a process's CPU time in hundredths of a second for user space, whatever the kernel's own tick. */
const TICK_MS = 10;
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 3_000;
const LOG_MAX_CHARACTERS = 20_000;

/** Which cores the target and everything else run on; null where processes cannot be pinned or there is one core. */
export interface Cores {
  readonly target: string;
  readonly load: string;
}

/** The target alone on the last core, load generator and upstream on the others. */
export function chooseCores(): Cores | null {
  const count = availableParallelism();
  if (process.platform !== "linux" || count < 2) return null;
  if (spawnSync("taskset", ["-V"], { stdio: "ignore" }).status !== 0) return null;
  return { target: String(count - 1), load: count === 2 ? "0" : `0-${count - 2}` };
}

/** Pins this process, all its threads, to the load generator's cores. */
export function pinSelf(cores: Cores): void {
  spawnSync("taskset", ["-a", "-p", "-c", cores.load, String(process.pid)], { stdio: "ignore" });
}

/** A process the bench started, with the means to read its cost and to end it. */
export interface Started {
  readonly pid: number;
  /** CPU time so far, user and system, ms; null where /proc does not tell. */
  cpuMs(): number | null;
  residentBytes(): number | null;
  /** What it wrote to stderr, the last part. */
  log(): string;
  /** Ends it: asks first, then kills. Only ever this process id. */
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export interface StartOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cores: string | null;
  /** The descriptor on which the process says, line by line, that it listens. */
  readonly readyDescriptor: 1 | 3;
  /** Beside our own environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Resolves the wait with a value once a line says what was waited for; null keeps waiting. */
  readonly readLine: (line: string) => number | null;
}

/** Starts a process and waits for its port. Rejects with what it wrote to stderr when it ends or stays silent. */
export async function start(options: StartOptions): Promise<{ readonly process: Started; readonly port: number }> {
  const [command, args] = options.cores
    ? ["taskset", ["-c", options.cores, options.command, ...options.args]]
    : [options.command, [...options.args]];
  // Log lines of the target go to the null device, as cheap as the platform's own collection, not through our core.
  const stdout = options.readyDescriptor === 1 ? "pipe" : "ignore";
  const child = spawn(command, args, {
    stdio: ["ignore", stdout, "pipe", "pipe"],
    env: { ...process.env, ...options.environment },
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${options.command} did not start`);
  running.add(child);
  child.once("exit", () => running.delete(child));
  let log = "";
  const keep = (chunk: Buffer): void => {
    log = (log + chunk.toString()).slice(-LOG_MAX_CHARACTERS);
  };
  child.stderr?.on("data", keep);
  const port = await waitForPort(child, options, () => log);
  const started: Started = {
    pid,
    cpuMs: () => readProc(pid, "stat", parseCpuMs),
    residentBytes: () => readProc(pid, "status", parseResidentBytes),
    log: () => log,
    stop: () => stop(child),
  };
  return { process: started, port };
}

function waitForPort(child: ChildProcess, options: StartOptions, log: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${options.command} did not listen in time\n${log()}`)),
      START_TIMEOUT_MS,
    );
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`${options.command} ended with ${code}\n${log()}`));
    });
    createInterface({ input: readable(child, options.readyDescriptor) }).on("line", (line) => {
      const port = options.readLine(line);
      if (port === null) return;
      clearTimeout(timer);
      resolve(port);
    });
  });
}

function readable(child: ChildProcess, descriptor: 1 | 3): Readable {
  const stream = child.stdio[descriptor];
  if (!stream || !("read" in stream)) throw new Error("the process has no such output");
  return stream;
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

function readProc<Value>(pid: number, file: string, parse: (text: string) => Value): Value | null {
  try {
    return parse(readFileSync(`/proc/${pid}/${file}`, "utf8"));
  } catch {
    return null;
  }
}

/** utime + stime of a `/proc/<pid>/stat` line, ms. The name may hold spaces and brackets, so fields count from its end. */
export function parseCpuMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // proc(5): utime and stime are fields 14 and 15; the part after the name starts with field 3.
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (!Number.isFinite(ticks)) throw new Error("not a stat line");
  return ticks * TICK_MS;
}

/** `VmRSS` of `/proc/<pid>/status`, bytes. */
export function parseResidentBytes(status: string): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error("no resident size");
  return Number(kibibytes) * 1024;
}

const IDLE_STEP_MS = 60;
const IDLE_STEPS_MAX = 30;

/** Waits until a process has used no CPU for a step, at most 30 steps: what it still posts in the background then hits no other target. */
export async function waitUntilIdle(target: Started): Promise<void> {
  let lastMs = target.cpuMs();
  for (let step = 0; step < IDLE_STEPS_MAX; step += 1) {
    await new Promise((resolve) => {
      setTimeout(resolve, IDLE_STEP_MS);
    });
    const nowMs = target.cpuMs();
    if (nowMs === null || nowMs === lastMs) return;
    lastMs = nowMs;
  }
}
