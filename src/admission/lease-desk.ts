import { Demand } from "./demand.ts";
import type { Lease, LeaseWish } from "./lease-types.ts";
import { OpenLease } from "./open-lease.ts";
import type { Admission, AdmitCommand } from "./types.ts";

/** Leases of one key that one isolate has open at once. */
const LEASES_MAX = 4;
/** After the account gave none, it is not asked ahead again for so long. */
const QUIET_MS = 1_000;
/** More is asked for when less than this part of what is expected is left, or of the newest lease's life. */
const LOW_PART = 2;

/** What came of a wish: nobody knows of one whose answer is lost. */
export type WishOutcome = "given" | "refused" | "lost";

/** What an isolate holds of one key. */
export class LeaseDesk {
  readonly demand = new Demand();
  /** A lease is being asked for, at the latest until then: whoever asks may be dropped, and tells nobody. */
  askingUntilMs = 0;
  #leases: OpenLease[] = [];
  #quietUntilMs = 0;

  /** Admits from a lease, or not (null). */
  admit(command: AdmitCommand, nowMs: number): Admission | null {
    for (const lease of this.#leases) {
      const admission = lease.admit(command, nowMs);
      if (admission === null) continue;
      const call = lease.calls.get(command.draft.id);
      if (call) this.demand.admitted(call);
      return admission;
    }
    return null;
  }

  /** The lease that a call was admitted from and the account has not heard of. */
  leaseOf(id: string): OpenLease | undefined {
    return this.#leases.find(({ calls }) => calls.has(id));
  }

  /** What to ask for with the next call to the account; null: nothing. */
  wish(nowMs: number, newLeaseId: () => string): LeaseWish | null {
    if (nowMs < this.askingUntilMs || nowMs < this.#quietUntilMs || this.#leases.length >= LEASES_MAX) return null;
    return this.demand.wish(newLeaseId);
  }

  /** Whether it is time to ask ahead: what is left would not last until an answer from afar. */
  isLow(nowMs: number): boolean {
    const usable = this.#leases.filter((lease) => lease.isUsable(nowMs));
    const left = usable.reduce((sum, { requestsLeft }) => sum + requestsLeft, 0);
    const youngestMs = Math.max(0, ...usable.map(({ untilMs, lease }) => (untilMs - nowMs) * LOW_PART - lease.lifeMs));
    return youngestMs === 0 || left * LOW_PART < this.demand.expected();
  }

  open(lease: Lease, askedMs: number): OpenLease {
    const open = new OpenLease(lease, askedMs);
    this.#leases.push(open);
    return open;
  }

  /** What came of the wish that was sent last. */
  answered(answer: WishOutcome, nowMs: number): void {
    this.askingUntilMs = 0;
    if (answer === "refused") this.#quietUntilMs = nowMs + QUIET_MS;
  }

  /**
   * Those that ended so long ago and were not given back, and those that begin only later: the clock went back, and the
   * timers that watch them may stand still with it.
   */
  leftBehind(nowMs: number, waitMs: number): readonly OpenLease[] {
    return this.#leases.filter((lease) => lease.untilMs < nowMs - waitMs || lease.isOfLater(nowMs));
  }

  /** It was given back. */
  remove(lease: OpenLease): void {
    this.#leases = this.#leases.filter((one) => one !== lease);
  }

  get leases(): readonly OpenLease[] {
    return this.#leases;
  }
}
