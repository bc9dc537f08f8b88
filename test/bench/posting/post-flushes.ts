import type { EdgeSql } from "#edge-sql";
import type { FlushPayload, UsagePosting } from "#ledger";

/** Every flush's answer, in the order of the flushes, and how long each took its caller. */
export interface Posted {
  readonly postings: readonly UsagePosting[];
  readonly latenciesMs: readonly number[];
  readonly elapsedMs: number;
}

/**
 * Posts the flushes over so many callers, each with one under way: a caller takes the next when its last is answered.
 * Throws on the first that is not applied: what the bench quotes was posted.
 */
export async function postFlushes(edge: EdgeSql, flushes: readonly FlushPayload[], callers: number): Promise<Posted> {
  const postings = new Map<number, UsagePosting>();
  const latenciesMs: number[] = [];
  let next = 0;
  const call = async (): Promise<void> => {
    while (next < flushes.length) {
      const index = next;
      next += 1;
      const flush = flushes[index];
      if (flush === undefined) return;
      const startMs = performance.now();
      const result = await edge.postUsage(flush);
      latenciesMs.push(performance.now() - startMs);
      if (!result.ok) throw new Error(`a flush was not posted: ${JSON.stringify(result)}`);
      postings.set(index, result.posting);
    }
  };
  const startMs = performance.now();
  await Promise.all(Array.from({ length: callers }, call));
  const elapsedMs = performance.now() - startMs;
  return { postings: flushes.flatMap((_, index) => postings.get(index) ?? []), latenciesMs, elapsedMs };
}
