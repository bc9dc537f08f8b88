import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const FREQUENCY = 999;
const REPORT_TIMEOUT_MS = 120_000;
const REPORT_MAX_BYTES = 16 * 1_048_576;

export const canPerf = (): boolean => spawnSync("perf", ["--version"], { stdio: "ignore" }).status === 0;

/** What part of the process a symbol belongs to; the first that matches. */
const PARTS: readonly (readonly [string, RegExp])[] = [
  ["kernel", /^\[k\]/],
  ["SQLite", /sqlite3|Sqlite|^\[\.\] (vdbe|btree|pager|wal)/i],
  ["garbage collection", /v8::internal::.*(MarkCompact|Scaveng|Marking|Sweep|Heap::|Evacuat|GlobalHandles)|cppgc/],
  ["memory allocation", /tcmalloc|TCMalloc|malloc|operator new|operator delete/],
  ["HTTP (hyper, tokio)", /hyper|tokio|httparse|futures_util|kj_hyper/],
  ["serialisation for RPC", /ValueSerializer|ValueDeserializer|capnp|JsRpc/],
  ["V8 without JIT code", /v8::|Builtins_/],
  ["JIT-compiled JavaScript", /^\[\.\] (0x[0-9a-f]+|JS:)/],
  ["event loop (kj)", /kj::/],
  ["Workers API", /workerd::/],
];

export interface PerfSummary {
  readonly parts: readonly { readonly name: string; readonly percent: number }[];
  readonly symbols: readonly { readonly name: string; readonly percent: number }[];
}

/** Samples the whole process, native code included, while `work` runs. Null when perf may not or cannot. */
export async function perfWhile(
  pid: number,
  directory: string,
  work: () => Promise<void>,
): Promise<PerfSummary | null> {
  const file = join(directory, "perf.data");
  const recorder = spawn("perf", ["record", "-q", "-o", file, "-F", String(FREQUENCY), "-p", String(pid)], {
    stdio: "ignore",
  });
  const ended = once(recorder, "exit");
  await work();
  recorder.kill("SIGINT");
  await ended;
  const report = spawnSync("perf", ["report", "-i", file, "--stdio", "--no-inline", "--sort", "symbol"], {
    encoding: "utf8",
    timeout: REPORT_TIMEOUT_MS,
    maxBuffer: REPORT_MAX_BYTES,
  });
  return report.status === 0 ? readPerfReport(report.stdout) : null;
}

/** Sums a `perf report --sort symbol` by part of the process. */
export function readPerfReport(text: string): PerfSummary {
  const symbols = text.split("\n").flatMap((line) => {
    const match = /^\s*([\d.]+)%\s+(\[.\] .+?)\s*$/.exec(line);
    return match?.[1] && match[2] ? [{ name: match[2], percent: Number(match[1]) }] : [];
  });
  const totals = new Map<string, number>();
  for (const { name, percent } of symbols) {
    const part = PARTS.find(([, pattern]) => pattern.test(name))?.[0] ?? "other native code";
    totals.set(part, (totals.get(part) ?? 0) + percent);
  }
  const parts = [...totals].map(([name, percent]) => ({ name, percent })).sort((a, b) => b.percent - a.percent);
  return { parts, symbols };
}
