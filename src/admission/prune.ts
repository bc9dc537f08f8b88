import type { AccountState, AdmissionContext } from "./state.ts";
import { forgetOldSeconds } from "./window.ts";

/**
 * Forgets one bounded step of what is past its keeping: ended holds, and the seconds of keys that no window reaches any
 * more (an idle key counts nothing, so nothing else drops them). True when windows may be left for another step.
 */
export function prune(state: AccountState, { nowMs, limits }: AdmissionContext): boolean {
  state.changes.pruneEnded = { beforeMs: nowMs - limits.endedKeepMs, limit: limits.pruneStepMax };
  let room = limits.pruneStepMax;
  for (const key of state.keys.values()) {
    if (room === 0) break;
    room -= forgetOldSeconds(state, key, nowMs, room);
  }
  return room === 0;
}
