import { cpus, loadavg, release, type } from "node:os";
import type { Cores } from "./processes.ts";
import { findWorkerd } from "./start-workerd.ts";
import type { Workspace } from "./workspace.ts";

/** Above this load another process shares the cores, and figures are worth nothing as absolutes. */
const QUIET_LOAD_MAX = 0.5;

export interface Machine {
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  readonly lines: readonly string[];
}

/** What the figures were taken on, with a warning when the machine was not quiet. */
export function describeMachine(cores: Cores | null, workspace: Workspace): Machine {
  const processors = cpus();
  const [load = 0] = loadavg();
  const facts = {
    processor: processors[0]?.model ?? "unknown",
    cores: processors.length,
    kernel: `${type()} ${release()}`,
    node: process.version,
    workerd: findWorkerd().version,
    pinned: cores !== null,
    object_storage_in_memory: workspace.memoryIsTmpfs,
    disk_row_on_disk: !workspace.diskIsTmpfs,
    load_before: Number(load.toFixed(2)),
  };
  const pinning = cores ? `target on core ${cores.target}, load and upstream on ${cores.load}` : "not pinned";
  const lines = [
    `${facts.processor}, ${facts.cores} cores, ${facts.kernel}; Node ${facts.node}, workerd ${facts.workerd}`,
    `${pinning}; object storage ${facts.object_storage_in_memory ? "on tmpfs" : "NOT on tmpfs"}; load before ${facts.load_before}`,
    ...(load > QUIET_LOAD_MAX ? ["The machine is NOT quiet: read the ratios, not the figures."] : []),
  ];
  return { facts, lines };
}
