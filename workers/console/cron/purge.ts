import { PURGE_RULES, purgeEnded, type Database, type PurgeRule } from "#store";
import type { Logger } from "../../http/logger.ts";

export interface PurgeOptions {
  readonly db: Database;
  readonly clock: () => number;
  readonly logger: Logger;
}

/** One batch is one transaction; a run makes batches until nothing is left, or one of these is reached. */
export const PURGE_BATCH_ROWS = 1_000;
const BATCHES_MAX = 200;
const RUN_MS_MAX = 20_000;

export interface PurgeReport {
  readonly purged: number;
  /** Rules that could not be followed; the others were. */
  readonly failed: readonly PurgeRule[];
  /** Nothing is left that should be gone. */
  readonly isDone: boolean;
}

/**
 * Deletes sessions, links and used codes that ended long enough ago (the rules are `purge_ended`'s). A run that is killed has
 * deleted whole batches, and the next goes on: what is left is found by its own time.
 */
export async function purge({ db, clock, logger }: PurgeOptions): Promise<PurgeReport> {
  const startMs = clock();
  const failed: PurgeRule[] = [];
  let [purged, isDone] = [0, true];
  for (const rule of PURGE_RULES) {
    try {
      const { rows, isDrained } = await purgeRule(db, rule, clock, startMs);
      purged += rows;
      isDone &&= isDrained;
    } catch {
      // What the database said may quote a row; which rule it was is enough.
      failed.push(rule);
      isDone = false;
    }
  }
  if (purged > 0 || !isDone)
    logger(failed.length > 0 ? "error" : "info", {
      message: isDone ? "ended_purged" : "ended_purged_in_part",
      purged,
      failed: failed.length,
    });
  return { purged, failed, isDone };
}

async function purgeRule(
  db: Database,
  rule: PurgeRule,
  clock: () => number,
  startMs: number,
): Promise<{ readonly rows: number; readonly isDrained: boolean }> {
  let rows = 0;
  for (let batch = 0; batch < BATCHES_MAX && clock() - startMs < RUN_MS_MAX; batch += 1) {
    const deleted = await purgeEnded(db, rule, new Date(clock()), PURGE_BATCH_ROWS);
    rows += deleted;
    if (deleted < PURGE_BATCH_ROWS) return { rows, isDrained: true };
  }
  return { rows, isDrained: false };
}
