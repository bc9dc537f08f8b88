/** Every bound of the teller; times are milliseconds. */
export interface TellerBounds {
  /** How long an admission may take before the call is refused (fail closed, trap G5). */
  readonly admitTimeoutMs: number;
  /** How long one settle or checkpoint may go unanswered, its wait for others included, before it is tried again. */
  readonly settleTimeoutMs: number;
  readonly settleTriesMax: number;
  /** First wait between tries; doubles, half of it random. */
  readonly settleBackoffMs: number;
  /** How long a settle waits for others of this isolate: it frees what the account holds, and others may want it. */
  readonly coalesceMs: number;
  /**
   * How long that waits which nobody waits for: checkpoints, and settles of calls from a lease, where what they free is a
   * part of the tenth that leases have. Each batch costs a request and a transaction of the account, so that a longer wait
   * makes every call cheaper.
   */
  readonly idleCoalesceMs: number;
  readonly batchMax: number;
  /** Settles of this isolate that may be under way at once; past it the durable holds are left to the sweep. */
  readonly pendingMax: number;
  /** Checkpoints under way at once: they may be lost, and must not take the room of settles. */
  readonly checkpointsMax: number;
  /** The longest any caller waits for its settle, and a refused one for its late admission. */
  readonly settleWaitMaxMs: number;
  /** The account hears of a call from a lease that runs for longer than this: a dead isolate forgets no older one. */
  readonly tellAfterMs: number;
  /** Keys whose demand is remembered. */
  readonly desksMax: number;
}

export const DEFAULT_TELLER_BOUNDS: TellerBounds = {
  admitTimeoutMs: 5_000,
  settleTimeoutMs: 5_000,
  settleTriesMax: 4,
  settleBackoffMs: 100,
  coalesceMs: 5,
  idleCoalesceMs: 200,
  batchMax: 64,
  pendingMax: 10_000,
  checkpointsMax: 1_000,
  settleWaitMaxMs: 25_000,
  tellAfterMs: 1_000,
  desksMax: 1_000,
};
