import { readFileSync } from "node:fs";
import { parseCpuMs, type Started } from "../processes.ts";

/** Linux counts a process's CPU time in hundredths of a second for user space. */
const TICK_MS = 10;

/** CPU time so far of the three that a flush passes through, user and system, ms. */
export interface ProcessorTime {
  readonly clientMs: number;
  readonly endpointMs: number;
  readonly postgresMs: number;
}

export function readProcessorTime(endpoint: Started, postmasterId: number): ProcessorTime {
  const { user, system } = process.cpuUsage();
  return {
    clientMs: (user + system) / 1000,
    endpointMs: endpoint.cpuMs() ?? 0,
    postgresMs: familyCpuMs(postmasterId),
  };
}

export function processorTimeSince(before: ProcessorTime, after: ProcessorTime): ProcessorTime {
  return {
    clientMs: after.clientMs - before.clientMs,
    endpointMs: after.endpointMs - before.endpointMs,
    postgresMs: after.postgresMs - before.postgresMs,
  };
}

/** A server and its children, those that have ended included: backends, writers, checkpointer. 0 where /proc is missing. */
function familyCpuMs(parentId: number): number {
  try {
    const children = readFileSync(`/proc/${parentId}/task/${parentId}/children`, "utf8").trim().split(" ");
    const stat = readFileSync(`/proc/${parentId}/stat`, "utf8");
    return parseCpuMs(stat) + endedChildrenMs(stat) + children.reduce((sum, id) => sum + cpuMsOf(id), 0);
  } catch {
    return 0;
  }
}

function cpuMsOf(id: string): number {
  try {
    return parseCpuMs(readFileSync(`/proc/${id}/stat`, "utf8"));
  } catch {
    // It ended since it was listed; its parent has its time by now.
    return 0;
  }
}

/** cutime + cstime, fields 16 and 17 of proc(5), counted from the end of the name as `parseCpuMs` does. */
function endedChildrenMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}
