import { ZERO_NANO, type Clock, type RandomBytes, type ReceiptEnd } from "#kernel";
import type { AccountPort, Schedule } from "./account-port.ts";
import { refuse } from "./check-key.ts";
import type { ExtendCommand, ExtendResult, LeaseWish } from "./lease-types.ts";
import type { WishOutcome } from "./lease-desk.ts";
import { Lessee } from "./lessee.ts";
import { attempt, createPatience } from "./patience.ts";
import { createReports, type Reports } from "./reports.ts";
import { DEFAULT_TELLER_BOUNDS, type TellerBounds } from "./teller-bounds.ts";
import type { AdmitCommand, AdmitResult } from "./types.ts";

export interface TellerOptions {
  readonly account: AccountPort;
  readonly schedule: Schedule;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly bounds?: Partial<TellerBounds>;
}

/** Keeps the request's side of the platform alive until the work is done; the work is bounded and never rejects. */
export type KeepAlive = (work: Promise<void>) => void;

/** The isolate's side of one account. Never rejects. */
export interface Teller extends Reports {
  /**
   * From a lease with no word to anybody, or by one strict call. No answer in time is a refusal, and an admission that
   * comes too late is released: `keepAlive` is given that work and what leases need, which outlive the request.
   */
  admit(command: AdmitCommand, keepAlive: KeepAlive): Promise<AdmitResult>;
  /** Holds more for a running call. No answer in time is a refusal, and nothing more than the answer says may be delivered. */
  extend(command: ExtendCommand): Promise<ExtendResult>;
  /** Gives back what requests left behind that the platform dropped; null where there is nothing, or it was just tried. */
  takeUp(this: void): Promise<void> | null;
  /** No lease is in its hands: nothing is lost with it. */
  isIdle(this: void): boolean;
}

export function createTeller({ account, schedule, clock, random, bounds: given }: TellerOptions): Teller {
  const bounds = { ...DEFAULT_TELLER_BOUNDS, ...given };
  const patience = createPatience(schedule, random, bounds);
  const { within } = patience;
  const lessee = new Lessee({ account, clock, random, patience, bounds });
  const { settle, checkpoint } = createReports({ account, schedule, clock, patience, lessee, bounds });

  /** Frees what a late admission holds, and its lease: the caller has been refused. Where nothing was opened nothing is ended. */
  const releaseLate = async (
    answer: Promise<AdmitResult | null>,
    command: AdmitCommand,
    wish: LeaseWish | null,
  ): Promise<void> => {
    const late = await within(answer, bounds.settleWaitMaxMs, null);
    if (late !== null && !late.ok) return;
    const release = settle({ id: command.draft.id, end: RELEASED });
    await Promise.all([release, wish && lessee.giveUp(wish)]);
  };

  const admitStrictly = async (command: AdmitCommand, keepAlive: KeepAlive): Promise<AdmitResult> => {
    const lease = lessee.wish(command);
    const askedMs = clock.nowMs();
    const answer = attempt(() => account.admit(lease ? { ...command, lease } : command));
    const result = await within(answer, bounds.admitTimeoutMs, null);
    if (lease !== null) lessee.answered(command.keyHash, answerTo(result));
    if (result === null) {
      keepAlive(releaseLate(answer, command, lease));
      return { ok: false, refusal: refuse("account_unavailable") };
    }
    if (!result.ok) return result;
    const { admission } = result;
    lessee.noteHold(command.keyHash, admission);
    if (admission.lease) keepAlive(lessee.hold(admission.lease, askedMs));
    return result;
  };

  return {
    admit: async (command, keepAlive) => {
      const left = lessee.takeUp();
      if (left !== null) keepAlive(left);
      const admission = lessee.admit(command);
      if (admission !== null) {
        const asking = lessee.askAhead(command);
        if (asking !== null) keepAlive(asking);
        return { ok: true, admission };
      }
      const result = await admitStrictly(command, keepAlive);
      if (result.ok || result.refusal.isParked !== true) return result;
      // Only leases stand in the way, maybe our own: they are given back, and the account is asked once more.
      const ofKey = result.refusal.code === "credit_reserved" ? null : command.keyHash;
      return (await lessee.giveBackAll(ofKey, keepAlive)) ? await admitStrictly(command, keepAlive) : result;
    },
    extend: async (command) => {
      if (lessee.extend(command.id, command.toNano)) return { heldNano: command.toNano, refusal: null };
      const sent = lessee.telling(command, async (one) => (await attempt(() => account.extend([one])))?.[0] ?? null);
      const result = await within(sent, bounds.admitTimeoutMs, null);
      return result ?? { heldNano: ZERO_NANO, refusal: refuse("account_unavailable") };
    },
    takeUp: () => lessee.takeUp(),
    isIdle: () => lessee.isIdle,
    settle,
    checkpoint,
  };
}

/** What an admission says of the wish that it came with. A refused call asked for more than there is: so did its wish. */
function answerTo(result: AdmitResult | null): WishOutcome {
  if (result === null) return "lost";
  return result.ok && result.admission.lease ? "given" : "refused";
}

/** The end of a call that never ran: exactly zero, known and not estimated. */
const RELEASED: ReceiptEnd = {
  provider: null,
  endpoint: null,
  kind: "measured",
  units: {},
  cost_nano: "0",
  upstream_cost_nano: "0",
  attempts: [],
  outcome: "failed",
  status: 503,
  error_code: "account_unavailable",
  first_byte_ms: null,
  duration_ms: 0,
  flags: [],
};
