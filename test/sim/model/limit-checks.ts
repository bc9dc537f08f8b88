import { BUDGET_PERIODS } from "#admission";
import { ensure } from "../engine/violation.ts";
import { WALLET, type Books } from "./books.ts";
import type { KeyBooks, WindowUses } from "./key-books.ts";
import type { Instant, TrueCall, TrueLease } from "./true-records.ts";

export const MINUTE_MS = 60_000;
/** How far back a jump of a clock may have changed what counts in a minute: its own length, and a lease's life. */
export const WINDOW_REACH_MS = 130_000;
/** Unspent leases of a scope are at most this part of what is available in it. */
const LEASED_PART = 10n;

/** What the open leases of a key may still admit, as far as it counts in the minute of now. */
export function unspentInMinute(books: Books, hash: string, { accountMs }: Instant): WindowUses {
  let requests = 0;
  let tokens = 0;
  for (const lease of books.openLeases.values()) {
    if (lease.keyHash !== hash || lease.expiresMs < accountMs - MINUTE_MS) continue;
    requests += lease.granted.requests - lease.used.requests;
    tokens += lease.granted.tokens - lease.used.tokens;
  }
  return { requests, tokens };
}

/** Money, after the account gave some away: invariant 2 for the wallet and for every budget that the call meets. */
export function checkMoney(books: Books, call: TrueCall | TrueLease, what: string, nano: bigint): void {
  for (const room of books.roomsOf(call)) {
    // What costs nothing asks nothing of the wallet.
    if (room.scope === WALLET && nano === 0n) continue;
    ensure(room.freeNano - room.leasedNano >= 0n, "limits", `${what} beyond the ${room.scope}`, () => ({
      ...room,
      nano,
    }));
  }
}

/** Nothing new is promised from credit whose time is over. */
export function checkGood(books: Books, nano: bigint, { accountMs }: Instant, what: string): void {
  const { lots, freeNano, leasedNano } = books;
  const expiredNano = lots.expiredNano(accountMs);
  const figures = () => ({ nano, expiredNano, freeNano, leasedNano });
  ensure(nano === 0n || expiredNano === 0n, "limits", `${what} from credit that has expired`, figures);
}

/** Requests, tokens and slots, after the account admitted something or gave a lease, by its present limits. */
export function checkRates(books: Books, key: KeyBooks, now: Instant, slackMs: number, what: string): void {
  const { hash, requestsPerMinute, tokensPerMinute, concurrency } = key.record;
  if (requestsPerMinute !== null || tokensPerMinute !== null) {
    const used = key.usesWithin(MINUTE_MS - slackMs, now.trueMs, (call) => call.tokens);
    const unspent = unspentInMinute(books, hash, now);
    const requests = used.requests + unspent.requests;
    const tokens = used.tokens + unspent.tokens;
    const figures = () => ({ used, unspent, requestsPerMinute, tokensPerMinute });
    ensure(requests <= (requestsPerMinute ?? Infinity), "limits", `${what} beyond the requests per minute`, figures);
    ensure(tokens <= (tokensPerMinute ?? Infinity), "limits", `${what} beyond the tokens per minute`, figures);
  }
  const slots = key.openHolds + key.leasedParts.slots;
  ensure(slots <= (concurrency ?? Infinity), "limits", `${what} beyond the concurrency`, () => ({
    openHolds: key.openHolds,
    leasedSlots: key.leasedParts.slots,
    concurrency,
  }));
}

/** A minute after a teller admitted by itself: by the loosest limits that its lease may have been given under. */
export function checkMinuteOfLease(books: Books, key: KeyBooks, lease: TrueLease, now: Instant, slackMs: number): void {
  const { trueMs } = now;
  const sinceMs = Math.min(lease.grantedMs, trueMs - MINUTE_MS) - books.limits.leaseLifeMs;
  const used = key.usesWithin(MINUTE_MS - slackMs, trueMs, boundOrLess);
  const requestsMost = key.loosestSince(sinceMs, "requestsPerMinute");
  const tokensMost = key.loosestSince(sinceMs, "tokensPerMinute");
  const figures = () => ({ used, requestsMost, tokensMost, lease: lease.id });
  ensure(used.requests <= requestsMost, "limits", "a lease admitted beyond the requests per minute", figures);
  ensure(used.tokens <= tokensMost, "limits", "a lease admitted beyond the tokens per minute", figures);
}

/** More than its bound is an overrun of the provider, and nobody's to foresee. */
const boundOrLess = (call: TrueCall): number => Math.min(call.tokens, call.boundTokens);

/**
 * After a lease was given: all unspent ones together are at most a tenth of what each scope has. Those whose time is over,
 * and that nobody returned, count as used up.
 */
export function checkShares(books: Books, key: KeyBooks, lease: TrueLease, now: Instant, slackMs: number): void {
  // A lease of calls that cost nothing takes nothing from the wallet, however much of it others have.
  const money = lease.granted.nano > 0n ? moneyShares(books, lease, now) : [];
  const shares = [...money, ...rateShares(books, key, now, slackMs)];
  for (const { scope, free, leased } of shares) {
    ensure(leased === 0n || leased * LEASED_PART <= free, "limits", `leases beyond a tenth of the ${scope}`, () => ({
      free,
      leased,
    }));
  }
}

interface Share {
  readonly scope: string;
  /** Limit less what is spent and held, leases not counted. */
  readonly free: bigint;
  readonly leased: bigint;
}

function moneyShares(books: Books, lease: TrueLease, now: Instant): Share[] {
  const over = overOf(books, now);
  return books.roomsOf(lease).map(({ scope, freeNano, leasedNano }) => {
    const isIn = (one: TrueLease): boolean => books.roomsOf(one).some((room) => room.scope === scope);
    // A lease counts in the period that it was given in; those of an earlier one are in none of these rooms.
    const isOfPeriod = (one: TrueLease): boolean =>
      scope === WALLET ||
      BUDGET_PERIODS.some((kind) => scope.endsWith(`(${kind})`) && one.periods[kind] === lease.periods[kind]);
    const overNano = over.filter((one) => isIn(one) && isOfPeriod(one)).reduce((sum, { left }) => sum + left.nano, 0n);
    return { scope, free: freeNano - overNano, leased: leasedNano - overNano };
  });
}

const overOf = (books: Books, { accountMs }: Instant): TrueLease[] =>
  [...books.openLeases.values()].filter(({ expiresMs }) => expiresMs <= accountMs);

function rateShares(books: Books, key: KeyBooks, now: Instant, slackMs: number): Share[] {
  const { hash, concurrency, requestsPerMinute, tokensPerMinute } = key.record;
  const share = (scope: string, limit: number | null, others: number, leased: number): Share[] =>
    limit === null ? [] : [{ scope, free: BigInt(limit - others), leased: BigInt(leased) }];
  let requests = 0;
  let tokens = 0;
  for (const { keyHash, expiresMs, left } of books.openLeases.values()) {
    if (keyHash !== hash || expiresMs < now.accountMs - MINUTE_MS) continue;
    requests += left.requests;
    tokens += left.tokens;
  }
  // What the account has not heard of still stands in the leases.
  const told = (call: TrueCall) => (call.state === "untold" ? null : call.tokens);
  const others = key.usesWithin(MINUTE_MS - slackMs, now.trueMs, told);
  const over = overOf(books, now).filter(({ keyHash }) => keyHash === hash);
  const overSlots = over.reduce((sum, { left }) => sum + left.slots, 0);
  return [
    ...share("slots", concurrency, key.openHolds + overSlots, key.leasedParts.slots - overSlots),
    ...share("requests per minute", requestsPerMinute, others.requests, requests),
    ...share("tokens per minute", tokensPerMinute, others.tokens, tokens),
  ];
}
