import { periodEndsMs, type Lease, type LeaseWish } from "#admission";
import { ensure } from "../engine/violation.ts";
import type { Books } from "./books.ts";
import type { KeyBooks } from "./key-books.ts";
import { checkGood, checkMoney, checkRates, checkShares, WINDOW_REACH_MS } from "./limit-checks.ts";
import type { Instant, SlackSince, TrueLease } from "./true-records.ts";

/** Who asked for a lease, and when. */
export interface Asked {
  readonly isolate: string;
  readonly atMs: number;
}

/** Reads the leases that the account gives into the books, and holds it to them. */
export class LeaseObserver {
  readonly #books: Books;
  readonly #slackSince: SlackSince;
  readonly #asked: ReadonlyMap<string, Asked>;

  constructor(books: Books, slackSince: SlackSince, asked: ReadonlyMap<string, Asked>) {
    this.#books = books;
    this.#slackSince = slackSince;
    this.#asked = asked;
  }

  /** A lease was given, or described again. */
  given(keyHash: string, wish: LeaseWish, lease: Lease, now: Instant): void {
    const books = this.#books;
    const known = books.leases.get(lease.id);
    if (known !== undefined) {
      checkSame(known, lease);
      return;
    }
    const key = books.keyOf(keyHash);
    checkWish(books, key, wish, lease);
    checkLife(books, key, lease, now);
    const given = this.#makeLease(keyHash, lease, now);
    books.grant(given);
    const slackMs = this.#slackSince(now.trueMs - WINDOW_REACH_MS);
    checkGood(books, lease.nano, now, "leased");
    checkMoney(books, given, "leased", lease.nano);
    checkRates(books, key, now, slackMs, "leased");
    checkShares(books, key, given, now, slackMs);
  }

  #makeLease(keyHash: string, { id, nano, requests, tokens, slots, lifeMs }: Lease, now: Instant): TrueLease {
    const { limits } = this.#books;
    const asked = this.#asked.get(id);
    ensure(asked !== undefined, "once", "a lease that nobody asked for", () => ({ id }));
    const expiresMs = now.accountMs + lifeMs;
    return {
      id,
      keyHash,
      isolate: asked?.isolate ?? "",
      askedMs: asked?.atMs ?? now.trueMs,
      grantedMs: now.trueMs,
      lifeMs,
      expiresMs,
      deadlineMs: expiresMs + limits.requestMaxMs + limits.holdGraceMs,
      periods: this.#books.periodsAt(keyHash, now.accountMs),
      scopes: this.#books.keyOf(keyHash).sharedScopes,
      granted: { nano, requests, tokens, slots },
      left: { nano, requests, tokens, slots },
      used: { nano: 0n, requests: 0, tokens: 0, slots: 0 },
      untold: new Set(),
      state: "open",
    };
  }
}

function checkSame({ state, left }: TrueLease, lease: Lease): void {
  const isSame =
    state === "open" &&
    lease.nano === left.nano &&
    lease.requests === left.requests &&
    lease.tokens === left.tokens &&
    lease.slots === left.slots;
  ensure(isSame, "replay", "a lease described again is another one", () => ({ lease, left }));
}

function checkWish(
  { limits, spentLeases, openLeases }: Books,
  { record }: KeyBooks,
  wish: LeaseWish,
  lease: Lease,
): void {
  const { id, nano, requests, tokens, slots } = lease;
  ensure(!spentLeases.has(id), "once", "a lease was given after its return", () => ({ id, key: record.id }));
  const isWhole =
    nano === wish.callNano * BigInt(requests) && tokens === wish.callTokens * requests && slots === requests;
  ensure(isWhole && requests > 0, "limits", "a lease is not what was wished for", () => ({ wish, lease }));
  const callsMost = Math.min(wish.calls, limits.leaseCallsMax);
  ensure(requests <= callsMost, "limits", "a lease of more calls than it may have", () => ({ requests, callsMost }));
  const open = openLeases.size;
  ensure(open < limits.leasesMax, "limits", "more leases than may be open", () => ({ open }));
}

function checkLife({ limits, organization }: Books, { record }: KeyBooks, { id, lifeMs }: Lease, now: Instant): void {
  const isOpen = record.status === "active" && organization?.status === "active";
  const isStrict = record.strict === true || organization?.strict === true;
  ensure(isOpen && !isStrict, "leaseLife", "a lease of a key that is shut or strict", () => ({ id }));
  const dayEndsMs = periodEndsMs(now.accountMs, organization?.timeZone);
  const lifeMostMs = Math.min(limits.leaseLifeMs, Math.min(dayEndsMs, record.expiresAtMs ?? Infinity) - now.accountMs);
  ensure(lifeMs > 0 && lifeMs <= lifeMostMs, "leaseLife", "a lease lives too long", () => ({ lifeMs, lifeMostMs }));
}
