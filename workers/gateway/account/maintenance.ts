import {
  finishFlush,
  flushPayload,
  freezeFlush,
  prune,
  sweep,
  type AccountLimits,
  type LedgerPort,
  type PostUsageResult,
} from "#admission";
import type { Clock } from "#kernel";
import type { GroupCommit } from "./group-commit.ts";

/** Steps of one run; what is left is due at once and the alarm brings it back. */
const SWEEP_STEPS_MAX = 50;
const FLUSHES_MAX = 50;
const PRUNE_STEPS_MAX = 100;

export interface MaintenanceOptions {
  readonly commits: Pick<GroupCommit, "run">;
  readonly ledger: LedgerPort;
  /** Whether a round of pruning begins now. */
  readonly startsPrune: (nowMs: number) => boolean;
  /** When the oldest ended record ended; null when none is kept. */
  readonly oldestEndedMs: () => number | null;
  readonly clock: Clock;
  readonly limits: AccountLimits;
}

/** What the account does by itself: sweep the overdue holds, send the outbox to the ledger, forget what is old. */
export async function runMaintenance(options: MaintenanceOptions): Promise<void> {
  await sweepOverdue(options);
  await flushOutbox(options);
  if (options.startsPrune(options.clock.nowMs())) await pruneOld(options);
}

async function sweepOverdue({ commits, limits }: MaintenanceOptions): Promise<void> {
  for (let step = 0; step < SWEEP_STEPS_MAX; step += 1) {
    const swept = await commits.run((state, context) => sweep(state, context));
    if (swept < limits.sweepStepMax) break;
  }
}

async function pruneOld({ commits, clock, limits, oldestEndedMs }: MaintenanceOptions): Promise<void> {
  for (let step = 0; step < PRUNE_STEPS_MAX; step += 1) {
    const windowsLeft = await commits.run((state, context) => prune(state, context));
    const oldestMs = oldestEndedMs();
    const endedLeft = oldestMs !== null && oldestMs < clock.nowMs() - limits.endedKeepMs;
    if (!windowsLeft && !endedLeft) break;
  }
}

async function flushOutbox({ commits, ledger }: MaintenanceOptions): Promise<void> {
  for (let sent = 0; sent < FLUSHES_MAX; sent += 1) {
    const payload = await commits.run((state, context) => {
      const flush = freezeFlush(state, context);
      return flush === null ? null : flushPayload(state, flush, context);
    });
    if (payload === null) break;
    // The frozen rows and id are committed: the platform lets no request out before the writes ahead of it.
    const result = await post(ledger, payload);
    await commits.run((state, context) => finishFlush(state, payload.flushId, result, context));
  }
}

/** A port that throws has not said what happened: the flush is sent again as it is. */
async function post(ledger: LedgerPort, payload: Parameters<LedgerPort["postUsage"]>[0]): Promise<PostUsageResult> {
  try {
    return await ledger.postUsage(payload);
  } catch {
    return { ok: false, reason: "unavailable" };
  }
}
