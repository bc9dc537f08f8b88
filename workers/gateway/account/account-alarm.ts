import {
  earlier,
  nextDueMs,
  nextExpiryDueMs,
  nextFlushMs,
  type AccountLimits,
  type AccountState,
  type Effects,
} from "#admission";

/** Ended records are pruned at most this often. */
const PRUNE_INTERVAL_MS = 60_000;

/** The object's storage, as far as its alarm goes. */
export interface AlarmStorage {
  setAlarm(atMs: number): Promise<void>;
}

/** The account's rows, as far as pruning goes. */
export interface EndedRecords {
  /** When the record that ended first did so, epoch ms; null when none is kept. */
  oldestEndedMs(): number | null;
}

/** Keeps the object's one alarm at the earliest of sweep, flush and prune. */
export class AccountAlarm {
  readonly #storage: AlarmStorage;
  readonly #store: EndedRecords;
  readonly #state: AccountState;
  readonly #limits: AccountLimits;
  /** When it is set for; null when that is not known, as after loading. */
  #atMs: number | null = null;
  #prunedAtMs = 0;
  #isHeld = false;

  constructor(storage: AlarmStorage, store: EndedRecords, state: AccountState, limits: AccountLimits) {
    this.#storage = storage;
    this.#store = store;
    this.#state = state;
    this.#limits = limits;
  }

  /** Brings the alarm forward where a write made something due earlier. Looks at what changed, not at every hold. */
  afterWrite(effects: Effects, nowMs: number): void {
    if (this.#isHeld) return;
    if (this.#atMs === null) {
      this.scheduleNext(nowMs);
      return;
    }
    let dueMs = nextFlushMs(this.#state, nowMs, this.#limits);
    for (const { deadline_at_ms } of [...effects.put.holds, ...effects.put.leases])
      dueMs = earlier(dueMs, deadline_at_ms);
    const expiryMs = effects.put.credits.length === 0 ? null : nextExpiryDueMs(this.#state, nowMs);
    if (expiryMs !== null) dueMs = earlier(dueMs, expiryMs);
    if (dueMs !== null && dueMs < this.#atMs) this.#set(dueMs);
  }

  /** Sets the alarm from the whole state. */
  scheduleNext(nowMs: number): void {
    const dueMs = nextDueMs(this.#state, nowMs, this.#limits);
    const pruneMs = this.#pruneDueMs(nowMs);
    const soonestMs = pruneMs === null ? dueMs : earlier(dueMs, pruneMs);
    if (soonestMs !== null) this.#set(soonestMs);
  }

  /**
   * Leaves the alarm as it is until `release`: maintenance is running and sets it when it is done. Only for within an
   * alarm, which the platform repeats when it dies: elsewhere a call admitted meanwhile would have nobody to sweep it.
   */
  hold(): void {
    this.#isHeld = true;
  }

  release(nowMs: number): void {
    this.#isHeld = false;
    this.scheduleNext(nowMs);
  }

  /** Whether a round of pruning begins now; a true answer counts as its beginning. */
  startsPrune(nowMs: number): boolean {
    const dueMs = this.#pruneDueMs(nowMs);
    if (dueMs === null || dueMs > nowMs) return false;
    this.#prunedAtMs = nowMs;
    return true;
  }

  /** The alarm rang and is not set any more. */
  fired(): void {
    this.#atMs = null;
  }

  #set(dueMs: number): void {
    this.#atMs = dueMs;
    // Part of the turn's transaction; if it fails, so does the write, and the platform resets the object.
    void this.#storage.setAlarm(dueMs);
  }

  /** When ended records are next to be pruned, never before now; null when none is kept. */
  #pruneDueMs(nowMs: number): number | null {
    const oldestMs = this.#store.oldestEndedMs();
    if (oldestMs === null) return null;
    return Math.max(oldestMs + this.#limits.endedKeepMs + 1, this.#prunedAtMs + PRUNE_INTERVAL_MS, nowMs);
  }
}
