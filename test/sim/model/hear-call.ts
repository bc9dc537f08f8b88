import type { LeasedCall } from "#admission";
import { ensure, Violation } from "../engine/violation.ts";
import type { Books } from "./books.ts";
import type { Instant } from "./true-records.ts";

/** A call that is younger than the memory of ended ones by less than this is taken for one that may be forgotten. */
const CLOCK_SLACK_MS = 3_600_000;

/** The account hears, maybe not for the first time, of a call that a teller admitted from a lease. */
export function hearCall(books: Books, leased: LeasedCall | null | undefined, now: Instant): void {
  if (!leased) return;
  const { id } = leased.draft;
  const call = books.calls.get(id);
  if (call === undefined || call.lease?.id !== leased.leaseId || call.keyHash !== leased.keyHash) {
    throw new Violation("receipts", "a call was told that nobody admitted", { leased, call });
  }
  if (call.state !== "untold") return;
  const { lease } = call;
  const isSame = call.heldNano === leased.heldNano && call.boundTokens === leased.tokens;
  ensure(isSame, "receipts", "a call was told with another hold", () => ({ leased, held: call.heldNano }));
  const lostId = lease.id;
  ensure(lease.state !== "returned", "once", "a lease was returned without one of its calls", () => ({ id, lostId }));
  const ageMs = now.accountMs - Date.parse(leased.draft.occurred_at);
  const isForgotten = lease.state === "lost" && ageMs > books.limits.endedKeepMs - CLOCK_SLACK_MS;
  if (!isForgotten) books.adopt(call, lease, leased, now);
}
