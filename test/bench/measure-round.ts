import type { Figures } from "./figures.ts";
import { measureLatency } from "./measures/latency.ts";
import { measureBurst, measureCpuPerChunk, measureFirstChunk } from "./measures/streams.ts";
import { measureThroughput, measureWithAutocannon } from "./measures/throughput.ts";
import type { BenchOptions, TargetName } from "./options.ts";
import { waitUntilIdle } from "./processes.ts";
import { answersWhole, type Target } from "./target.ts";
import { TRANSLATION_NAMES } from "./translations.ts";

/** Targets whose streams are measured. The disk row and the object row stream like the ones they vary. */
const STREAMED: ReadonlySet<TargetName> = new Set(["direct", "minimal", "minimal+parse", "gateway", "gateway before"]);
const TRANSLATED: ReadonlySet<TargetName> = new Set(TRANSLATION_NAMES);

/**
 * One round: every measure over every target, in an order that turns by one each round, so that no target is always the
 * one after a heavy neighbour. Before each, the last target has become idle: its background work is its own cost.
 */
export async function measureRound(
  round: number,
  targets: readonly Target[],
  options: BenchOptions,
  figures: Figures,
): Promise<void> {
  const order = targets
    .map((_, index) => targets[(index + round) % targets.length])
    .filter((target) => target !== undefined);
  const whole = order.filter(answersWhole);
  const direct = whole.find((target) => target.name === "direct");
  if (!direct) throw new Error("the direct path is always measured");
  const { plan } = options;
  const streamed = order.filter((target) => STREAMED.has(target.name));
  const relayed = order.filter((target) => STREAMED.has(target.name) || TRANSLATED.has(target.name));
  await each(whole, async (target) => {
    if (target.name === "direct") return;
    const latency = await measureLatency(direct, target, plan.latencyPairs);
    figures.add("added_p50_ms", target.name, latency.addedP50Ms);
    figures.add("p50_ms", target.name, latency.p50Ms);
    figures.add("p99_ms", target.name, latency.p99Ms);
    figures.add("p99_over_p50", target.name, latency.p99Ms / latency.p50Ms);
  });
  await each(whole, async (target) => {
    const measure = options.load === "own" ? measureThroughput : measureWithAutocannon;
    figures.add("requests_per_second", target.name, await measure(target, plan.throughputMs));
  });
  await each(streamed, async (target) => {
    const first = await measureFirstChunk(target, plan.firstChunkWindowMs);
    figures.add("first_chunk_p50_ms", target.name, first.p50Ms);
    figures.add("first_chunk_p99_ms", target.name, first.p99Ms);
  });
  await each(relayed, async (target) => {
    if (target.process === null) return;
    const cpuUs = await measureCpuPerChunk(target, plan.cpuWindowMs);
    if (cpuUs !== null) figures.add("cpu_per_chunk_us", target.name, cpuUs);
  });
  await each(relayed, async (target) => {
    figures.add("burst_chunks_per_second", target.name, await measureBurst(target, plan.burstChunks));
  });
}

async function each<Kind extends Target>(
  targets: readonly Kind[],
  measure: (target: Kind) => Promise<void>,
): Promise<void> {
  for (const target of targets) {
    await measure(target);
    if (target.process) await waitUntilIdle(target.process);
  }
}
