import { HttpConnection } from "../http-connection.ts";
import { percentile } from "../statistics.ts";
import type { Target } from "../target.ts";

export const FIRST_CHUNK_STREAMS = 64;
export const CPU_STREAMS = 256;
export const BURST_STREAMS = 16;
/** 50 chunks a second: the pace of a fast model. */
const GAP_MS = 20;
/** Streams start spread over this time, and the measured window begins after it. */
const RAMP_MS = 600;
/** Streams outlast the window by this, so that no end falls into it. */
const TAIL_MS = 300;
const PROBE_CHUNKS = 2;
/** A probe ends at once, so that a window holds some two hundred of them: with fewer the median wanders by a third. */
const PROBE_GAP_MS = 0;
const MS_PER_SECOND = 1000;
const MICROSECONDS_PER_MS = 1000;

/**
 * Milliseconds from request to first content chunk, median and p99, of streams opened one after another while the
 * other 63 run at 50 chunks a second through the same target.
 */
export async function measureFirstChunk(
  target: Target,
  windowMs: number,
): Promise<{ readonly p50Ms: number; readonly p99Ms: number }> {
  const background = openStreams(target, FIRST_CHUNK_STREAMS - 1, windowMs, () => {});
  await delay(RAMP_MS);
  const firstChunksMs = await probeStreams(target, windowMs);
  await background;
  return { p50Ms: percentile(firstChunksMs, 0.5), p99Ms: percentile(firstChunksMs, 0.99) };
}

/** Streams of two chunks, opened one after another on one connection: milliseconds to the first chunk of each. */
export async function probeStreams(target: Target, windowMs: number): Promise<number[]> {
  const probe = await HttpConnection.open(target.destination.port);
  const request = target.streamed({ chunks: PROBE_CHUNKS, gapMs: PROBE_GAP_MS });
  const firstChunksMs: number[] = [];
  const endMs = performance.now() + windowMs;
  while (performance.now() < endMs) {
    const { firstChunkMs } = await probe.exchange(request);
    if (firstChunkMs !== null) firstChunksMs.push(firstChunkMs);
  }
  probe.close();
  return firstChunksMs;
}

/**
 * CPU of the target's process per delivered chunk, microseconds, over a window in which 256 streams run at 50 chunks
 * a second and none starts or ends. Null where the process's CPU time cannot be read.
 */
export async function measureCpuPerChunk(target: Target, windowMs: number): Promise<number | null> {
  let delivered = 0;
  const streams = openStreams(target, CPU_STREAMS, windowMs, (count) => {
    delivered += count;
  });
  await delay(RAMP_MS);
  const before = { cpuMs: target.process?.cpuMs() ?? null, delivered };
  await delay(windowMs);
  const after = { cpuMs: target.process?.cpuMs() ?? null, delivered };
  await streams;
  if (before.cpuMs === null || after.cpuMs === null) return null;
  return ((after.cpuMs - before.cpuMs) * MICROSECONDS_PER_MS) / (after.delivered - before.delivered);
}

/** Chunks per second through the target when 16 streams send as fast as they are read. */
export async function measureBurst(target: Target, chunks: number): Promise<number> {
  const request = target.streamed({ chunks, gapMs: 0 });
  const connections = await openConnections(target, BURST_STREAMS);
  const startMs = performance.now();
  const exchanges = await Promise.all(connections.map((connection) => connection.exchange(request)));
  const elapsedMs = performance.now() - startMs;
  for (const connection of connections) connection.close();
  const delivered = exchanges.reduce((sum, exchange) => sum + exchange.chunks, 0);
  if (delivered !== chunks * BURST_STREAMS)
    throw new Error(`${target.name} delivered ${delivered} of ${chunks * BURST_STREAMS} chunks`);
  return (delivered * MS_PER_SECOND) / elapsedMs;
}

/** Opens streams spread over the ramp, long enough for ramp, window and tail; resolves when all have ended by themselves. */
async function openStreams(
  target: Target,
  count: number,
  windowMs: number,
  onChunks: (count: number) => void,
): Promise<void> {
  const chunks = Math.ceil((RAMP_MS + windowMs + TAIL_MS) / GAP_MS);
  const request = target.streamed({ chunks, gapMs: GAP_MS });
  const connections = await openConnections(target, count);
  await Promise.all(
    connections.map(async (connection, index) => {
      await delay((index * RAMP_MS) / (2 * count));
      const exchange = await connection.exchange(request, onChunks);
      connection.close();
      if (exchange.chunks !== chunks)
        throw new Error(`${target.name} delivered ${exchange.chunks} of ${chunks} chunks of a stream`);
    }),
  );
}

function openConnections(target: Target, count: number): Promise<HttpConnection[]> {
  return Promise.all(Array.from({ length: count }, () => HttpConnection.open(target.destination.port)));
}

function delay(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}
