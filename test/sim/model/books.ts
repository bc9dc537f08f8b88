import {
  periodKeys,
  type AccountLimits,
  type BudgetPeriod,
  type LeasedCall,
  type OrganizationRecord,
  type PeriodKeys,
} from "#admission";
import type { CreditExpiry } from "#kernel";
import { ensure, Violation } from "../engine/violation.ts";
import type { KeyBooks } from "./key-books.ts";
import { LotBooks } from "./lot-books.ts";
import { least, positive } from "./prices.ts";
import { ScopeBooks, type TrueRoom } from "./scope-books.ts";
import type { Instant, TrueCall, TrueLease } from "./true-records.ts";

/** Amounts of one end. */
export interface TrueEnd {
  readonly costNano: bigint;
  readonly upstreamNano: bigint;
  /** Null where nobody saw it. */
  readonly tokens: number | null;
  readonly capNano: bigint | null;
  /** Whether the same idempotency key may be tried again when it cost nothing. */
  readonly mayRepeat: boolean;
}

/** What the wallet is called among the limits on money. */
export const WALLET = "wallet";
/** Of credit that nobody said anything else about. */
export const PAID_PRIORITY = 20;

interface UsedIdempotency {
  readonly endedMs: number;
}

/**
 * The truth about one organization: every call that anybody admitted, what it held, what it cost and who knows. Kept from
 * what tellers and the account answered, by addition and subtraction of its own.
 */
export class Books {
  readonly limits: AccountLimits;
  readonly calls = new Map<string, TrueCall>();
  readonly leases = new Map<string, TrueLease>();
  readonly keys = new Map<string, KeyBooks>();
  /** Ids of leases that can never be given any more. */
  readonly spentLeases = new Set<string>();
  readonly openCalls = new Map<string, TrueCall>();
  readonly openLeases = new Map<string, TrueLease>();
  readonly credits = new Map<string, bigint>();
  /** What several keys share. */
  readonly scopes = new Map<string, ScopeBooks>();
  readonly lots = new LotBooks();
  readonly running = new Map<string, string>();
  readonly used = new Map<string, UsedIdempotency>();
  organization: OrganizationRecord | null = null;
  organizationVersion = 0;
  organizationShutSinceMs: number | null = null;
  organizationStrictSinceMs: number | null = null;
  isOwnKeyOnly = false;
  ownKeyVersion = 0;
  creditNano = 0n;
  costNano = 0n;
  expiredNano = 0n;
  heldNano = 0n;
  leasedNano = 0n;
  leasedSlots = 0;
  /** By how much what was used may exceed what there is: ends above their holds, and credit that was taken back. */
  owedNano = 0n;
  readonly counts = { settled: 0, swept: 0, corrected: 0, overHold: 0, leasesLost: 0 };

  constructor(limits: AccountLimits) {
    this.limits = limits;
  }

  get balanceNano(): bigint {
    return this.creditNano - this.costNano - this.expiredNano;
  }

  get freeNano(): bigint {
    return this.balanceNano - this.heldNano;
  }

  keyOf(hash: string): KeyBooks {
    const key = this.keys.get(hash);
    if (key === undefined) throw new Violation("once", "a key was used that the account never heard of", { hash });
    return key;
  }

  scopeOf(name: string): ScopeBooks {
    const known = this.scopes.get(name);
    if (known !== undefined) return known;
    const scope = new ScopeBooks(name);
    this.scopes.set(name, scope);
    return scope;
  }

  /** Where a call or lease counts. */
  scopesOf({ keyHash, scopes }: Pick<TrueCall | TrueLease, "keyHash" | "scopes">): readonly ScopeBooks[] {
    return [this.keyOf(keyHash).scope, ...scopes.map((name) => this.scopeOf(name))];
  }

  /** Every limit on money that a call meets, the wallet last. */
  roomsOf(call: Pick<TrueCall | TrueLease, "keyHash" | "scopes" | "periods">): readonly TrueRoom[] {
    const { freeNano, leasedNano } = this;
    const budgets = this.scopesOf(call).flatMap((scope) => scope.rooms(call.periods));
    return [...budgets, { scope: WALLET, freeNano, leasedNano }];
  }

  /** The periods of now. A clock that went back, or a zone further west, does not reopen a period that is over. */
  periodsAt(keyHash: string, accountMs: number): PeriodKeys {
    const now = periodKeys(accountMs, this.organization?.timeZone);
    const { scope } = this.keyOf(keyHash);
    const later = (period: BudgetPeriod): string =>
      this.scopeOf("organization").latest(period, scope.latest(period, now[period]));
    return { day: later("day"), week: later("week"), month: later("month"), total: later("total") };
  }

  /** Credit goes whose time is over, as far as nobody was promised it. */
  expire({ amount_nano, expired_at }: CreditExpiry, { accountMs }: Instant): void {
    const amountNano = BigInt(amount_nano);
    const expiresMs = Date.parse(expired_at);
    const unpromisedNano = this.freeNano - this.leasedNano;
    const isDue = amountNano > 0n && amountNano <= unpromisedNano && expiresMs <= accountMs;
    ensure(isDue && this.lots.letGo(amountNano, expiresMs), "conservation", "credit expired that was not to", () => ({
      amountNano,
      expired_at,
      unpromisedNano,
      lots: this.lots.lots,
    }));
    this.expiredNano += amountNano;
  }

  /** The account has it as an open hold from now on. */
  open(call: TrueCall): void {
    const key = this.keyOf(call.keyHash);
    call.state = "open";
    this.calls.set(call.draft.id, call);
    this.openCalls.set(call.draft.id, call);
    this.#hold(call, call.heldNano);
    key.openHolds += 1;
    if (call.idempotencyHash !== null) this.running.set(`${call.keyHash} ${call.idempotencyHash}`, call.draft.id);
  }

  grow(call: TrueCall, addedNano: bigint): void {
    call.heldNano += addedNano;
    this.#hold(call, addedNano);
  }

  /** Ends an open hold, and answers what it is charged. */
  end(call: TrueCall, how: "settled" | "swept", end: TrueEnd, { accountMs }: Instant): void {
    const key = this.keyOf(call.keyHash);
    const { id } = call.draft;
    const caps = [call.maxCostNano, end.capNano].filter((cap) => cap !== null);
    const costNano = least(end.costNano, ...caps);
    const toldNano = end.capNano === null ? end.costNano : costNano;
    this.openCalls.delete(id);
    this.#hold(call, -call.heldNano);
    key.openHolds -= 1;
    this.#spend(call, costNano);
    this.owedNano += positive(costNano - call.heldNano);
    if (end.tokens !== null) call.tokens = end.tokens;
    this.counts[how] += 1;
    if (toldNano > call.heldNano && !call.isLate) this.counts.overHold += 1;
    call.state = how;
    call.costNano = costNano;
    call.upstreamNano = end.upstreamNano;
    call.endedMs = accountMs;
    call.owed.push({ type: "receipt", costNano, upstreamNano: end.upstreamNano });
    if (call.idempotencyHash === null) return;
    const name = `${call.keyHash} ${call.idempotencyHash}`;
    this.running.delete(name);
    this.used.delete(name);
    if (!end.mayRepeat || costNano > 0n) this.used.set(name, { endedMs: accountMs });
  }

  /** A settle after the sweep. */
  correct(call: TrueCall, { costNano: toldNano, upstreamNano, capNano }: TrueEnd): void {
    const caps = [call.maxCostNano, capNano].filter((cap) => cap !== null);
    const costNano = least(toldNano, ...caps);
    const deltaNano = costNano - call.costNano;
    this.#spend(call, deltaNano);
    this.owedNano += positive(deltaNano);
    this.counts.corrected += 1;
    call.owed.push({ type: "correction", costNano: deltaNano, upstreamNano: upstreamNano - call.upstreamNano });
    call.state = "corrected";
    call.costNano = costNano;
    call.upstreamNano = upstreamNano;
  }

  grant(lease: TrueLease): void {
    this.leases.set(lease.id, lease);
    this.openLeases.set(lease.id, lease);
    this.#sum(lease, 1);
  }

  close(lease: TrueLease, state: "returned" | "lost"): void {
    this.#sum(lease, -1);
    lease.state = state;
    this.openLeases.delete(lease.id);
    this.spentLeases.add(lease.id);
    if (state === "lost") this.counts.leasesLost += 1;
  }

  /** The account hears of a call from a lease for the first time: what it holds moves out of the lease, or is owed. */
  adopt(call: TrueCall, lease: TrueLease, { heldNano, tokens }: LeasedCall, now: Instant): void {
    lease.untold.delete(call);
    if (lease.state === "open") {
      this.#sum(lease, -1);
      lease.left.nano -= heldNano;
      lease.left.requests -= 1;
      lease.left.tokens -= tokens;
      lease.left.slots -= 1;
      this.#sum(lease, 1);
      call.deadlineMs = lease.deadlineMs;
      call.periods = lease.periods;
      call.scopes = lease.scopes;
    } else {
      call.isLate = true;
      call.heldNano = 0n;
      this.keyOf(call.keyHash).use(call, now.trueMs);
      call.deadlineMs = now.accountMs + this.limits.requestMaxMs + this.limits.holdGraceMs;
      call.periods = this.periodsAt(call.keyHash, now.accountMs);
      call.scopes = this.keyOf(call.keyHash).sharedScopes;
    }
    this.open(call);
  }

  #hold(call: TrueCall, nano: bigint): void {
    this.heldNano += nano;
    for (const scope of this.scopesOf(call)) scope.held.add(call.periods, nano);
  }

  /** A cost, signed: what comes back is credit that does not end. */
  #spend(call: TrueCall, nano: bigint): void {
    this.costNano += nano;
    if (nano >= 0n) this.lots.take(nano);
    else this.lots.add(-nano, PAID_PRIORITY, null);
    for (const scope of this.scopesOf(call)) scope.spend(call.periods, nano);
  }

  #sum(lease: TrueLease, sign: 1 | -1): void {
    const { nano, slots } = lease.left;
    this.leasedNano += sign === 1 ? nano : -nano;
    this.leasedSlots += sign * slots;
    for (const scope of this.scopesOf(lease)) scope.leased.add(lease.periods, sign === 1 ? nano : -nano);
    this.keyOf(lease.keyHash).lease(lease, sign);
  }
}
