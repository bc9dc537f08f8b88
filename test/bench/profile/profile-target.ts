import { readFileSync } from "node:fs";
import { measureBurst, measureCpuPerChunk, probeStreams } from "../measures/streams.ts";
import { measureThroughput, warmUp } from "../measures/throughput.ts";
import type { TargetName } from "../options.ts";
import { startTarget, type Bench } from "../start-targets.ts";
import { answersWhole } from "../target.ts";
import { translationOf } from "../translations.ts";
import { profileWhile } from "./inspector.ts";
import { canPerf, perfWhile } from "./perf.ts";
import { fileFinder, summarise, type SelfTime } from "./summary.ts";

const TOP = 20;
const WARM_UP_REQUESTS = 6000;
const WARM_UP_CHUNKS = 1000;
const WINDOW_MS = 4000;
const SYMBOL_MAX_CHARACTERS = 110;

/**
 * Where a target's time goes: under whole answers at 64 connections, under short streams and under 256 long ones, once by V8's sampling profiler
 * (JavaScript by function and file) and once by perf (the whole process). Throughput under a profiler is not a figure.
 */
export async function profileTarget(name: TargetName, bench: Bench): Promise<void> {
  const { target, bundle, inspectorPort } = await startTarget(name, bench);
  if (!target.process || !bundle || inspectorPort === null) throw new Error(`${name} has no process to profile`);
  const { pid } = target.process;
  if (answersWhole(target)) await warmUp(target, WARM_UP_REQUESTS);
  await measureBurst(target, WARM_UP_CHUNKS);
  const service = name.startsWith("gateway") || translationOf(name) !== null ? "gateway" : "worker";
  const fileAt = fileFinder(readFileSync(bundle.path, "utf8"));
  const loads: readonly (readonly [string, () => Promise<void>])[] = [
    ...(answersWhole(target)
      ? [["whole answers, 64 connections", async () => void (await measureThroughput(target, WINDOW_MS))] as const]
      : []),
    ["short streams, one after another", async () => void (await probeStreams(target, WINDOW_MS))],
    ["256 streams, 50 chunks/s each", async () => void (await measureCpuPerChunk(target, WINDOW_MS))],
  ];
  for (const [title, load] of loads) {
    const perf = canPerf() ? await perfWhile(pid, bench.workspace.buildPath, load) : null;
    const profile = await profileWhile(inspectorPort, service, load);
    const summary = summarise(profile, fileAt);
    console.log(`\n${name}: ${title} (busy ${Math.round(summary.busyMs)} ms)`);
    console.log("\n  JavaScript by file, self time");
    printShares(summary.files);
    console.log("\n  JavaScript by function, self time");
    printShares(summary.functions);
    if (perf === null) {
      console.log("\n  perf is not there or may not look: no native profile");
      continue;
    }
    console.log("\n  The whole process by part (perf)");
    printShares(perf.parts.map((part) => ({ name: part.name, share: part.percent / 100 })));
    console.log("\n  The whole process by symbol (perf)");
    printShares(perf.symbols.map((symbol) => ({ name: symbol.name, share: symbol.percent / 100 })));
  }
  await target.process.stop();
}

function printShares(rows: readonly SelfTime[]): void {
  for (const { name, share } of rows.slice(0, TOP))
    console.log(`  ${(share * 100).toFixed(1).padStart(5)} %  ${name.slice(0, SYMBOL_MAX_CHARACTERS)}`);
}
