import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readTextIfPresent } from "./state.ts";

/** workerd lives on when the process that started it is killed, and keeps its ports: the next start ends it by this file. */
const childrenPath = (dataDir: string): string => join(dataDir, "children.json");
const EXPECTED_COMMAND = "workerd";
const MAX_WAIT_ROUNDS = 500;
const WAIT_ROUND_MS = 20;

/** Runs work and answers the process ids it started. Source: Node's diagnostics channel `child_process`. */
export async function watchChildren<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly pids: readonly number[] }> {
  const pids: number[] = [];
  const onSpawn = (message: unknown): void => {
    const child = childOf(message);
    // The id is there only once the process was started, which is after this message.
    child?.once("spawn", () => {
      if (child.pid !== undefined) pids.push(child.pid);
    });
  };
  subscribe("child_process", onSpawn);
  try {
    return { result: await work(), pids };
  } finally {
    unsubscribe("child_process", onSpawn);
  }
}

export async function recordChildren(dataDir: string, pids: readonly number[]): Promise<void> {
  await writeFile(childrenPath(dataDir), JSON.stringify(pids));
}

export async function forgetChildren(dataDir: string): Promise<void> {
  await rm(childrenPath(dataDir), { force: true });
}

/** Ends what a killed stack left running on this data directory; answers how many. Call with the instance lock held. */
export async function endLeftChildren(dataDir: string): Promise<number> {
  const text = await readTextIfPresent(childrenPath(dataDir));
  const recorded: unknown = text === null ? [] : JSON.parse(text);
  let ended = 0;
  for (const pid of Array.isArray(recorded) ? recorded : []) {
    if (typeof pid !== "number" || !(await isWorkerd(pid))) continue;
    process.kill(pid, "SIGKILL");
    for (let round = 0; round < MAX_WAIT_ROUNDS && !(await hasEnded(pid)); round += 1) {
      await new Promise((resolve) => {
        setTimeout(resolve, WAIT_ROUND_MS);
      });
    }
    ended += 1;
  }
  await forgetChildren(dataDir);
  return ended;
}

/** The id may have been reused: only a process whose command is workerd is ours. Where that cannot be read, it is not. */
async function isWorkerd(pid: number): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0")[0]?.includes(EXPECTED_COMMAND) ?? false;
  } catch {
    // Gone, or a system without /proc: there the developer is told which port is taken.
    return false;
  }
}

/** Ended means that its ports are free: gone, or a zombie. While it dies its command line is empty and its ports are not. */
async function hasEnded(pid: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The state follows the command, which stands in parentheses and may contain some.
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return true;
  }
}

function childOf(message: unknown): ChildProcess | null {
  if (typeof message !== "object" || message === null || !("process" in message)) return null;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node documents the message as `{ process: ChildProcess }`
  return message.process as ChildProcess;
}
