import type { AdmitCommand, AdmitResult, Admission, ExtendCommand, ExtendResult, Lease, Settlement } from "#admission";
import { ensure, Violation } from "../engine/violation.ts";
import type { Books } from "./books.ts";
import { checkGrant } from "./check-grant.ts";
import { checkMinuteOfLease, WINDOW_REACH_MS } from "./limit-checks.ts";
import { makeCall } from "./make-call.ts";
import { isOwnKeyOnly } from "./prices.ts";
import type { Instant, SlackSince, TrueCall, TrueLease } from "./true-records.ts";

/** Reads what one isolate's teller answers into the books. */
export class TellerObserver {
  readonly #books: Books;
  readonly #isolate: string;
  readonly #slackSince: SlackSince;
  /** A lease is known by its very policy object, which every admission from it carries. */
  readonly #given = new WeakMap<object, Lease>();

  constructor(books: Books, isolate: string, slackSince: SlackSince) {
    this.#books = books;
    this.#isolate = isolate;
    this.#slackSince = slackSince;
  }

  /** The isolate gets a lease. */
  given(lease: Lease): void {
    this.#given.set(lease.key.policy, lease);
  }

  /** A call was let through. Answers the true call, and whether a lease admitted it. */
  admitted(
    command: AdmitCommand,
    { admission }: Extract<AdmitResult, { ok: true }>,
    now: Instant,
  ): { call: TrueCall; isLeased: boolean } {
    const given = this.#given.get(admission.policy);
    const known = this.#books.calls.get(command.draft.id);
    if (given !== undefined) return { call: this.#fromLease(given, command, admission, now), isLeased: true };
    if (known === undefined) {
      throw new Violation("receipts", "a call was admitted by nobody", { id: command.draft.id });
    }
    ensure(known.state !== "untold", "receipts", "a strict admission is not durable", () => ({ id: command.draft.id }));
    return { call: known, isLeased: false };
  }

  #fromLease({ id, key: leasedKey }: Lease, command: AdmitCommand, admission: Admission, now: Instant): TrueCall {
    const books = this.#books;
    const lease = books.leases.get(id);
    const callId = command.draft.id;
    if (lease === undefined || books.calls.has(callId)) {
      throw new Violation("once", "a lease that was not given, or a call twice", { id, callId });
    }
    const { periods, scopes, deadlineMs, state } = lease;
    ensure(state === "open", "once", "a teller admitted from a lease that has ended", () => ({ id, state }));
    ensure(!command.idempotency, "replay", "a lease admitted a call that has an idempotency key", () => ({ id }));
    const where = { isolate: this.#isolate, lease, state: "untold", deadlineMs, periods, scopes } as const;
    const call = makeCall(command, admission, where, now);
    books.calls.set(callId, call);
    lease.untold.add(call);
    books.keyOf(command.keyHash).use(call, now.trueMs);
    lease.used.nano += call.heldNano;
    lease.used.requests += 1;
    lease.used.slots += 1;
    lease.used.tokens += call.boundTokens;
    checkGrant(command, admission, isOwnKeyOnly(leasedKey.ownKeys));
    checkCovered(lease);
    this.#checkLife(lease, now);
    const slackMs = this.#slackSince(now.trueMs - WINDOW_REACH_MS);
    checkMinuteOfLease(books, books.keyOf(lease.keyHash), lease, now, slackMs);
    return call;
  }

  /** Neither is the lease used beyond its life, nor anything that the account has known to be shut for so long. */
  #checkLife({ id, keyHash, askedMs, lifeMs }: TrueLease, { trueMs, accountMs }: Instant): void {
    const books = this.#books;
    const slackMs = this.#slackSince(askedMs);
    const agedMs = trueMs - askedMs;
    ensure(agedMs < lifeMs + slackMs, "leaseLife", "a lease admitted after its life", () => ({ id, agedMs, lifeMs }));
    const { record, shutSinceMs, strictSinceMs } = books.keyOf(keyHash);
    const isExpired = accountMs >= (record.expiresAtMs ?? Infinity) + slackMs;
    ensure(!isExpired, "leaseLife", "a lease admitted a call of a key that has expired", () => ({ id, slackMs }));
    const shut = [shutSinceMs, strictSinceMs, books.organizationShutSinceMs, books.organizationStrictSinceMs];
    const forMs = Math.max(...shut.map((sinceMs) => (sinceMs === null ? 0 : trueMs - sinceMs)));
    const isStale = forMs > books.limits.leaseLifeMs + slackMs;
    ensure(!isStale, "leaseLife", "a lease admitted what was shut for longer than a lease lives", () => ({
      id,
      forMs,
    }));
  }

  /** A call's hold was to grow. What the account did about it stands in the books already; what the lease did does not. */
  extended(call: TrueCall, { toNano }: ExtendCommand, { heldNano, refusal }: ExtendResult): void {
    const { lease } = call;
    if (refusal !== null || call.state !== "untold" || lease === null) {
      const isHeld = heldNano <= call.heldNano || call.state !== "open";
      ensure(isHeld, "limits", "a teller says that more is held than is", () => ({
        id: call.draft.id,
        heldNano,
        held: call.heldNano,
      }));
      return;
    }
    const addedNano = toNano - call.heldNano;
    if (addedNano <= 0n) return;
    call.heldNano = toNano;
    lease.used.nano += addedNano;
    const { granted, used, id, state } = lease;
    ensure(state === "open", "once", "a hold grew out of a lease that has ended", () => ({ id, state }));
    ensure(used.nano <= granted.nano, "limits", "holds grew beyond their lease", () => ({ id, used, granted }));
    const isWithin = call.maxCostNano === null || toNano <= call.maxCostNano;
    ensure(isWithin, "limits", "a hold grew beyond the caller's maximum", () => ({ id: call.draft.id, toNano }));
  }

  /** The account is said to know of the end: then it is durable. */
  settled(call: TrueCall, settlement: Settlement): void {
    if (settlement === "unacknowledged") {
      call.isOrphan = true;
      return;
    }
    const isEnded = call.state !== "open" && call.state !== "untold";
    ensure(isEnded && settlement !== "unknown", "receipts", "a settle was acknowledged that is not durable", () => ({
      id: call.draft.id,
      settlement,
      state: call.state,
    }));
  }
}

function checkCovered({ id, used, granted }: TrueLease): void {
  const isCovered =
    used.nano <= granted.nano &&
    used.requests <= granted.requests &&
    used.slots <= granted.slots &&
    used.tokens <= granted.tokens;
  ensure(isCovered, "limits", "a teller admitted more than its lease has", () => ({ id, used, granted }));
}
