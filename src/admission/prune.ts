import type { AccountState, AdmissionContext } from "./state.ts";
import { forgetOldIdempotency } from "./idempotency.ts";
import { forgetOldSeconds } from "./window.ts";

/**
 * Forgets one bounded step of what is past its keeping: ended holds with their idempotency keys, and the seconds of API
 * keys that no window reaches any more (an idle one counts nothing, so nothing else drops them). True when something of
 * what is in memory may be left for another step.
 */
export function prune(state: AccountState, { nowMs, limits }: AdmissionContext): boolean {
  state.changes.pruneEnded = { beforeMs: nowMs - limits.endedKeepMs, limit: limits.pruneStepMax };
  let room = limits.pruneStepMax;
  room -= forgetOldIdempotency(state, nowMs, limits.endedKeepMs, room);
  for (const key of state.keys.values()) {
    if (room === 0) break;
    room -= forgetOldSeconds(state, key, nowMs, room);
  }
  return room === 0;
}
