import type { AccountState, AdmissionContext } from "./state.ts";

/** Lets rows that were set aside wait for the ledger again, one flush's worth, after an operator fixed the cause. Returns how many. */
export function requeuePoison(state: AccountState, { rows, limits }: AdmissionContext): number {
  // What changed in this turn already is not committed yet: a second call in it must not count the same rows again.
  const setAside = rows.outboxSetAside(limits.flushRowsMax).filter((row) => !state.changes.outbox.has(row.seq));
  for (const row of setAside) state.changes.outbox.set(row.seq, { ...row, set_aside: null });
  state.outboxWaiting += setAside.length;
  state.outboxSetAside -= setAside.length;
  return setAside.length;
}
