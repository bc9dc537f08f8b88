import type { AccountState, AdmissionContext } from "./state.ts";

/** Asks the store to forget one bounded step of ended holds that are past their keeping. */
export function pruneEnded(state: AccountState, { nowMs, limits }: AdmissionContext): void {
  state.changes.pruneEnded = { beforeMs: nowMs - limits.endedKeepMs, limit: limits.pruneStepMax };
}
