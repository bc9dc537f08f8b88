import { statfsSync } from "node:fs";
import { cpus, loadavg, release, type } from "node:os";
import { asOwner } from "../../../dev/database/owner-queries.ts";
import { formatNumber, formatSpread } from "../report.ts";
import { median, spread } from "../statistics.ts";
import type { Stand } from "./stand.ts";

/** What the design asks of a local Postgres, 64 organizations, 8 connections and at most 100 receipts per flush. */
const RECEIPTS_PER_SECOND_MIN = 5_000;
/** Above this load another process shares the cores. */
const QUIET_LOAD_MAX = 0.5;
/** `f_type` of Linux's tmpfs, from statfs(2). */
const TMPFS_MAGIC = 0x01_02_19_94;
const LABEL_WIDTH = 50;

/** Where a flush's time goes, mean ms: the four together are what its caller waits. */
export interface Waits {
  /** `select post_usage(…)` from being sent to Postgres to its answer, commit included. */
  readonly statementMs: number;
  /** Getting a session, and taking back what the last user may have left in it. */
  readonly sessionMs: number;
  /** Reading, checking and answering the HTTP request. */
  readonly endpointMs: number;
  /** The rest: encoding the flush, the caller's own `fetch`, loopback. */
  readonly clientMs: number;
}

/** One round of one server. CPU times are per flush, with all callers. */
export interface RoundFigures {
  readonly receiptsPerSecond: number;
  readonly flushP50Ms: number;
  readonly flushP99Ms: number;
  readonly aloneP50Ms: number;
  readonly aloneP99Ms: number;
  readonly waits: Waits;
  readonly aloneWaits: Waits;
  readonly postgresCpuMs: number;
  readonly endpointCpuMs: number;
  readonly clientCpuMs: number;
  /** Of all three together. */
  readonly busyCores: number;
  readonly repeatedReceiptsPerSecond: number;
  readonly knownReceiptsPerSecond: number;
}

const TITLES: readonly (readonly [Exclude<keyof RoundFigures, "waits" | "aloneWaits">, string])[] = [
  ["receiptsPerSecond", "receipts/s, 8 callers"],
  ["flushP50Ms", "flush p50, 8 callers, ms"],
  ["flushP99Ms", "flush p99, 8 callers, ms"],
  ["aloneP50Ms", "flush p50, one caller, ms"],
  ["aloneP99Ms", "flush p99, one caller, ms"],
  ["postgresCpuMs", "CPU per flush in Postgres, ms"],
  ["endpointCpuMs", "CPU per flush in the endpoint, ms"],
  ["clientCpuMs", "CPU per flush in the client, ms"],
  ["busyCores", "cores that the three keep busy"],
  ["repeatedReceiptsPerSecond", "the same flushes again, receipts/s"],
  ["knownReceiptsPerSecond", "the same receipts in new flushes, receipts/s"],
];

const WAIT_TITLES: readonly (readonly [keyof Waits, string])[] = [
  ["statementMs", "statement"],
  ["sessionMs", "session"],
  ["endpointMs", "endpoint"],
  ["clientMs", "client"],
];

/** The machine and the servers, as they say themselves. */
export async function describePosting(stands: readonly Stand[]): Promise<string[]> {
  const [load = 0] = loadavg();
  const lines = [
    `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} cores, ${type()} ${release()}; Node ${process.version}`,
    `load before ${load.toFixed(2)}${load > QUIET_LOAD_MAX ? ": the machine is NOT quiet" : ""}; nothing is pinned`,
  ];
  for (const { name, cluster, database } of stands) {
    const [server] = await asOwner(database, (owner) =>
      owner.query<Record<string, string>>(
        `select current_setting('server_version') as version, current_setting('fsync') as fsync,
           current_setting('synchronous_commit') as "synchronous_commit", current_setting('shared_buffers') as "shared_buffers"`,
      ),
    );
    const memory =
      statfsSync(cluster.folder).type === TMPFS_MAGIC ? " on tmpfs, where fsync costs nothing" : " on disk";
    lines.push(`${name}: ${JSON.stringify(server)}${memory}`);
  }
  return lines;
}

/** Per server: every figure as median and min–max over rounds, then where a flush waits and where its CPU time goes. */
export function writePostingReport(figures: ReadonlyMap<string, readonly RoundFigures[]>): string[] {
  return [...figures].flatMap(([name, rounds]) => serverLines(name, rounds));
}

function serverLines(name: string, rounds: readonly RoundFigures[]): string[] {
  const figureLines = TITLES.map(([key, title]) => {
    const values = spread(rounds.map((round) => round[key]));
    return line(title, `${formatSpread(values)}${key === "receiptsPerSecond" ? goalText(values.median) : ""}`);
  });
  const heading = `${name}: median (min–max) of ${rounds.length} rounds`;
  return [
    heading,
    ...figureLines,
    line("a flush's time, 8 callers, mean ms", sharesOf(rounds.map(({ waits }) => waits))),
    line("a flush's time, one caller, mean ms", sharesOf(rounds.map(({ aloneWaits }) => aloneWaits))),
    "",
  ];
}

const line = (label: string, text: string): string => `  ${label.padEnd(LABEL_WIDTH)} ${text}`;

function goalText(value: number): string {
  return `   ≥ ${RECEIPTS_PER_SECOND_MIN}  ${value >= RECEIPTS_PER_SECOND_MIN ? "met" : "MISSED"}`;
}

function sharesOf(rounds: readonly Waits[]): string {
  const parts = WAIT_TITLES.map(([key, title]) => [title, median(rounds.map((round) => round[key]))] as const);
  const total = parts.reduce((sum, [, ms]) => sum + ms, 0);
  return parts.map(([title, ms]) => `${title} ${formatNumber(ms)} (${Math.round((ms / total) * 100)} %)`).join(", ");
}
