/**
 * `npm run bench`: what the gateway costs, beside what the least possible Workers cost, in one run. Method, machine and
 * figures: docs/bench.md. It prints and judges nothing but the ratios; no test asserts a time.
 */
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Bundle } from "./bundle.ts";
import { Figures } from "./figures.ts";
import { describeMachine } from "./machine.ts";
import { measureLeases } from "./leases/measure-leases.ts";
import { measureStart } from "./measures/start.ts";
import { measureRound } from "./measure-round.ts";
import { warmUp } from "./measures/throughput.ts";
import { measureBurst } from "./measures/streams.ts";
import { readOptions, USAGE, type BenchOptions, type TargetName } from "./options.ts";
import { FULL_POSTING, measurePosting, QUICK_POSTING } from "./posting/measure-posting.ts";
import { chooseCores, pinSelf } from "./processes.ts";
import { profileTarget } from "./profile/profile-target.ts";
import { writeReport } from "./report.ts";
import { startBefore } from "./start-before.ts";
import { startTarget, type Bench } from "./start-targets.ts";
import { startUpstream } from "./start-upstream.ts";
import { answersWhole, type Target } from "./target.ts";
import { FULL_RECEIPTS, measureUsage, QUICK_RECEIPTS } from "./usage/measure-usage.ts";
import { makeWorkspace } from "./workspace.ts";

/** Whatever hangs, the run ends: children are killed on exit. */
const RUN_MAX_MS = 900_000;
const WARM_UP_BURST_CHUNKS = 500;
/** 16 streams each: a path is compiled after some thousand chunks. */
const WARM_UP_BURSTS = 2;

async function main(options: BenchOptions): Promise<void> {
  if (options.posting) {
    await measurePosting({ rounds: options.plan.rounds, ...(options.quick ? QUICK_POSTING : FULL_POSTING) });
    return;
  }
  if (options.usage) {
    await measureUsage(options.quick ? QUICK_RECEIPTS : FULL_RECEIPTS, options.plan.rounds);
    return;
  }
  const cores = chooseCores();
  if (cores) pinSelf(cores);
  const repositoryPath = join(import.meta.dirname, "..", "..");
  const workspace = makeWorkspace(repositoryPath);
  const machine = describeMachine(cores, workspace);
  console.log(machine.lines.join("\n"));
  const upstream = await startUpstream(cores);
  const bench: Bench = { repositoryPath, workspace, cores, upstream, inspect: options.profile !== null };
  if (options.leases) {
    await measureLeases(bench, options.quick);
    await upstream.process.stop();
    return;
  }
  if (options.profile !== null) {
    await profileTarget(options.profile, bench);
    return;
  }
  if (options.start) {
    await measureStart(bench);
    await upstream.process.stop();
    return;
  }
  const bundles = new Map<TargetName, Bundle>();
  const targets: Target[] = [];
  for (const name of options.targets) {
    const started =
      name === "gateway before" && options.beforePath !== null
        ? await startBefore(resolve(options.beforePath), bench)
        : await startTarget(name, bench);
    if (started.bundle) bundles.set(name, started.bundle);
    targets.push(started.target);
    await prepare(started.target, options.plan.warmUpRequests);
  }
  const figures = new Figures();
  for (let round = 0; round < options.plan.rounds; round += 1) {
    process.stderr.write(`round ${round + 1} of ${options.plan.rounds}\n`);
    await measureRound(round, targets, options, figures);
  }
  console.log(["", ...writeReport(figures, bundles)].join("\n"));
  if (options.jsonPath !== null) writeJson(options, options.jsonPath, machine, figures, bundles);
  for (const target of targets) await target.process?.stop();
  await upstream.process.stop();
}

/** Compiles every path before it counts, and ends the run with the target's own words when it does not answer. */
async function prepare(target: Target, requests: number): Promise<void> {
  try {
    if (answersWhole(target)) await warmUp(target, requests);
    if (target.name !== "constant") await warmUpStreams(target);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(`${target.name} does not answer: ${text}\n${target.process?.log() ?? ""}`, { cause: error });
  }
}

async function warmUpStreams(target: Target): Promise<void> {
  for (let burst = 0; burst < WARM_UP_BURSTS; burst += 1) await measureBurst(target, WARM_UP_BURST_CHUNKS);
}

function writeJson(
  options: BenchOptions,
  path: string,
  machine: ReturnType<typeof describeMachine>,
  figures: Figures,
  bundles: ReadonlyMap<TargetName, Bundle>,
): void {
  const sizes = Object.fromEntries(
    [...bundles].map(([name, bundle]) => [
      name,
      { raw_bytes: bundle.rawBytes, gzip_bytes: bundle.gzipBytes, later_gzip_bytes: bundle.laterGzipBytes },
    ]),
  );
  writeFileSync(
    path,
    `${JSON.stringify({ machine: machine.facts, plan: options.plan, bundles: sizes, figures }, null, 2)}\n`,
  );
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) console.log(USAGE);
  else {
    const timer = setTimeout(() => {
      console.error(`The run did not end within ${RUN_MAX_MS / 1000} s.`);
      process.exit(1);
    }, RUN_MAX_MS);
    timer.unref();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
    await main(options);
  }
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
