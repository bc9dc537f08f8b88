import type { AdmitCommand, AdmitResult, Admission, ExtendCommand, ExtendResult, Lease, Settlement } from "#admission";
import { ensure } from "../engine/violation.ts";
import type { SlackSince } from "./account-observer.ts";
import type { Books } from "./books.ts";
import { checkMinuteOfLease } from "./limit-checks.ts";
import { heldAt, tokensAt } from "./prices.ts";
import type { Instant, TrueCall, TrueLease } from "./true-records.ts";

/** A lease as a teller was given it. */
interface GivenLease {
  readonly lease: Lease;
}

const WINDOW_REACH_MS = 130_000;

/** Reads what one isolate's teller answers into the books. */
export class TellerObserver {
  readonly #books: Books;
  readonly #isolate: string;
  readonly #slackSince: SlackSince;
  /** A lease is known by its very policy object, which every admission from it carries. */
  readonly #given = new WeakMap<object, GivenLease>();

  constructor(books: Books, isolate: string, slackSince: SlackSince) {
    this.#books = books;
    this.#isolate = isolate;
    this.#slackSince = slackSince;
  }

  /** The isolate gets a lease. */
  given(lease: Lease): void {
    this.#given.set(lease.key.policy, { lease });
  }

  /** A call was let through. Answers the true call, and whether a lease admitted it. */
  admitted(command: AdmitCommand, { admission }: Extract<AdmitResult, { ok: true }>, now: Instant): { call: TrueCall; isLeased: boolean } {
    const given = this.#given.get(admission.policy);
    const known = this.#books.calls.get(command.draft.id);
    if (given !== undefined) return { call: this.#fromLease(given.lease, command, admission, now), isLeased: true };
    if (known === undefined) {
      ensure(false, "receipts", "a call was admitted by nobody", () => ({ id: command.draft.id }));
      throw new Error("unreachable");
    }
    ensure(known.state !== "untold", "receipts", "a strict admission is not durable", () => ({ id: command.draft.id }));
    return { call: known, isLeased: false };
  }

  #fromLease({ id, key: leasedKey }: Lease, command: AdmitCommand, admission: Admission, now: Instant): TrueCall {
    const books = this.#books;
    const { draft, keyHash, hold, maxCostNano } = command;
    const lease = books.leases.get(id);
    ensure(lease !== undefined && !books.calls.has(draft.id), "once", "a lease that was not given, or a call twice", () => ({ id, call: draft.id }));
    if (lease === undefined) throw new Error("unreachable");
    ensure(lease.state === "open", "once", "a teller admitted from a lease that has ended", () => ({ id, state: lease.state }));
    ensure(command.idempotency === null || command.idempotency === undefined, "replay", "a lease admitted a call that has an idempotency key", () => ({ id }));
    const call: TrueCall = {
      draft,
      keyHash,
      lease,
      isolate: this.#isolate,
      admittedMs: now.trueMs,
      maxCostNano,
      idempotencyHash: null,
      boundTokens: admission.tokens,
      tokens: admission.tokens,
      state: "untold",
      heldNano: admission.heldNano,
      isLate: false,
      deadlineMs: lease.deadlineMs,
      periods: lease.periods,
      scopes: lease.scopes,
      checkpoint: null,
      costNano: 0n,
      upstreamNano: 0n,
      endedMs: 0,
      owed: [],
      receipts: 0,
      isOrphan: false,
    };
    books.calls.set(draft.id, call);
    lease.untold.add(call);
    books.keyOf(keyHash).use(call, now.trueMs);
    lease.used.nano += call.heldNano;
    lease.used.requests += 1;
    lease.used.slots += 1;
    lease.used.tokens += call.boundTokens;
    const isFee = command.byokFeePerMillion !== undefined && leasedKey.ownKeys.some(({ mode }) => mode === "only");
    const isOwn = isFee && (command.providers ?? []).length > 0 && (command.providers ?? []).every((provider) => leasedKey.ownKeys.some((own) => own.provider === provider));
    const expectedNano = heldAt(hold, isOwn ? (command.byokFeePerMillion ?? null) : null, admission.outputTokens);
    ensure(
      call.heldNano === expectedNano && call.boundTokens === tokensAt(hold, admission.outputTokens ?? 0) && (maxCostNano === null || call.heldNano <= maxCostNano),
      "limits",
      "a lease admitted a call for another amount than it may cost",
      () => ({ id, held: call.heldNano, expectedNano, maxCostNano }),
    );
    this.#checkLease(lease, now);
    return call;
  }

  #checkLease(lease: TrueLease, now: Instant): void {
    const { used, granted, id } = lease;
    const isCovered =
      used.nano <= granted.nano && used.requests <= granted.requests && used.slots <= granted.slots && used.tokens <= granted.tokens;
    ensure(isCovered, "limits", "a teller admitted more than its lease has", () => ({ id, used, granted }));
    const key = this.#books.keyOf(lease.keyHash);
    const slackMs = this.#slackSince(lease.askedMs);
    const agedMs = now.trueMs - lease.askedMs;
    ensure(agedMs < lease.lifeMs + slackMs, "leaseLife", "a lease admitted after its life", () => ({ id, agedMs, lifeMs: lease.lifeMs, slackMs }));
    const isExpired = now.accountMs >= (key.record.expiresAtMs ?? Infinity) + slackMs;
    ensure(!isExpired, "leaseLife", "a lease admitted a call of a key that has expired", () => ({ id, slackMs }));
    const shut = [key.shutSinceMs, key.strictSinceMs, this.#books.organizationShutSinceMs, this.#books.organizationStrictSinceMs];
    for (const sinceMs of shut) {
      if (sinceMs === null) continue;
      const forMs = now.trueMs - sinceMs;
      ensure(forMs <= this.#books.limits.leaseLifeMs + slackMs, "leaseLife", "a lease admitted what was shut for longer than a lease lives", () => ({ id, forMs, slackMs }));
    }
    checkMinuteOfLease(this.#books, key, lease, now, this.#slackSince(now.trueMs - WINDOW_REACH_MS));
  }

  /** A call's hold was to grow. What the account did about it stands in the books already; what the lease did does not. */
  extended(call: TrueCall, { toNano }: ExtendCommand, { heldNano, refusal }: ExtendResult): void {
    const { lease } = call;
    if (refusal !== null || call.state !== "untold" || lease === null) {
      const isHeld = heldNano <= call.heldNano || call.state !== "open";
      ensure(isHeld, "limits", "a teller says that more is held than is", () => ({ id: call.draft.id, heldNano, held: call.heldNano }));
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
    if (settlement === "unacknowledged") return;
    const isEnded = call.state !== "open" && call.state !== "untold";
    ensure(isEnded && settlement !== "unknown", "receipts", "a settle was acknowledged that is not durable", () => ({
      id: call.draft.id,
      settlement,
      state: call.state,
    }));
  }
}
