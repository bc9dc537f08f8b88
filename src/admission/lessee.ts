import { newId, type Clock, type NanoUsd, type RandomBytes } from "#kernel";
import type { AccountPort } from "./account-port.ts";
import { LeaseDesk, type WishOutcome } from "./lease-desk.ts";
import type { AdmittedHold, Lease, LeaseWish } from "./lease-types.ts";
import type { OpenLease } from "./open-lease.ts";
import { attempt, type Patience } from "./patience.ts";
import type { TellerBounds } from "./teller-bounds.ts";
import type { Admission, AdmitCommand } from "./types.ts";

export interface LesseeOptions {
  readonly account: Pick<AccountPort, "lease" | "returnLease" | "extend">;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly patience: Patience;
  readonly bounds: Pick<TellerBounds, "admitTimeoutMs" | "settleWaitMaxMs" | "tellAfterMs" | "batchMax" | "desksMax">;
}

/** The leases of one account that this isolate holds: taking, using and giving them back. */
export class Lessee {
  readonly #options: LesseeOptions;
  /** By key hash, the longest unused first. */
  readonly #desks = new Map<string, LeaseDesk>();
  /** By call: those of whose admission the account has not heard. */
  readonly #untold = new Map<string, OpenLease>();
  /** When it is next looked for leases that were left behind. */
  #takeUpMs = 0;

  constructor(options: LesseeOptions) {
    this.#options = options;
  }

  /** Admits a call from a lease, or not (null). An idempotency key is the account's to know. */
  admit(command: AdmitCommand): Admission | null {
    const desk = this.#deskOf(command.keyHash);
    const nowMs = this.#options.clock.nowMs();
    desk.demand.arrive(nowMs);
    if (command.idempotency) return null;
    const admission = desk.admit(command, nowMs);
    if (admission === null) return null;
    const lease = desk.leaseOf(command.draft.id);
    if (lease) this.#untold.set(command.draft.id, lease);
    return admission;
  }

  /**
   * What to ask for with a call that goes to the account; one at a time, or calls that come together would each take a
   * lease. Whoever asks says what came of it: `answered`, and `hold` or `giveUp`.
   */
  wish({ keyHash, idempotency }: AdmitCommand): LeaseWish | null {
    if (idempotency) return null;
    return this.#wish(this.#deskOf(keyHash), this.#options.clock.nowMs());
  }

  /** The account has answered the wish that went with a call, or nobody waits for its answer any more. */
  answered(keyHash: string, answer: WishOutcome): void {
    this.#deskOf(keyHash).answered(answer, this.#options.clock.nowMs());
  }

  #wish(desk: LeaseDesk, nowMs: number): LeaseWish | null {
    const wish = desk.wish(nowMs, () => this.#newLeaseId());
    if (wish !== null) desk.askingUntilMs = nowMs + this.#options.bounds.admitTimeoutMs;
    return wish;
  }

  /** A call was admitted by the account: what it holds is what the next ones will. */
  noteHold(keyHash: string, hold: AdmittedHold): void {
    this.#deskOf(keyHash).demand.admitted(hold);
  }

  /** Takes a lease that was given, and gives it back when it is spent or over: the work that it resolves with. */
  async hold(lease: Lease, askedMs: number): Promise<void> {
    const desk = this.#deskOf(lease.keyHash);
    const open = desk.open(lease, askedMs);
    await this.#watch(open);
    const { patience, bounds } = this.#options;
    // A request that began the return may be gone, and its answer with it: then this one tries for itself.
    if (await patience.within(this.#giveBack(desk, open), bounds.settleWaitMaxMs, false)) return;
    open.returning = null;
    await this.#giveBack(desk, open);
  }

  /**
   * Gives back what earlier requests left behind: the platform dropped them with their work, or the account could not be
   * told. Its calls are told of with it, so that each has its receipt. Null: there is nothing, or it was just tried.
   */
  takeUp(): Promise<void> | null {
    const { clock, bounds } = this.#options;
    const nowMs = clock.nowMs();
    // A time further ahead than that was set before the clock went back.
    if (nowMs < this.#takeUpMs && this.#takeUpMs <= nowMs + bounds.settleWaitMaxMs) return null;
    this.#takeUpMs = nowMs + bounds.settleWaitMaxMs;
    const left = [...this.#desks.values()].flatMap((desk) =>
      desk.leftBehind(nowMs, bounds.settleWaitMaxMs).map(async (open) => {
        open.returning = null;
        await this.#giveBack(desk, open);
      }),
    );
    return left.length === 0 ? null : Promise.all(left).then(() => undefined);
  }

  /** No lease is in its hands. */
  get isIdle(): boolean {
    return [...this.#desks.values()].every(({ leases }) => leases.length === 0);
  }

  /** Until the lease is spent or over, tells the account of calls that run on: what it knows outlives this isolate. */
  async #watch(open: OpenLease): Promise<void> {
    const { clock, patience, bounds } = this.#options;
    const spent = open.spent.then(() => true);
    // Those that are half as old, twice as often: whenever an isolate dies, every call that it forgets is younger than that.
    const tickMs = Math.ceil(bounds.tellAfterMs / 2);
    for (let leftMs = open.leftMs(clock.nowMs()); leftMs > 0; leftMs = open.leftMs(clock.nowMs())) {
      if (await patience.within(spent, Math.min(leftMs, tickMs), false)) return;
      const ids = open.runningSince(clock.nowMs() - tickMs);
      for (let at = 0; at < ids.length; at += bounds.batchMax) {
        await this.#tellRunning(open, ids.slice(at, at + bounds.batchMax));
      }
    }
  }

  async #tellRunning(open: OpenLease, ids: readonly string[]): Promise<void> {
    const { account, patience, bounds } = this.#options;
    const commands = ids.flatMap((id) => {
      const leased = open.tell(id);
      return leased === null ? [] : [{ id, toNano: leased.heldNano, leased }];
    });
    if (commands.length === 0) return;
    const told = await patience.within(
      attempt(() => account.extend(commands)),
      bounds.admitTimeoutMs,
      null,
    );
    if (told !== null) for (const id of ids) this.#heard(id);
  }

  /** A lease may have been given, and its answer was lost. */
  async giveUp(wish: LeaseWish): Promise<void> {
    await this.#return({ leaseId: wish.id, calls: [] });
  }

  /** Asks ahead where a lease runs low; resolves when what came of it is done with. Null: there is no need. */
  askAhead(command: AdmitCommand): Promise<void> | null {
    const desk = this.#deskOf(command.keyHash);
    const nowMs = this.#options.clock.nowMs();
    if (!desk.isLow(nowMs)) return null;
    const wish = this.#wish(desk, nowMs);
    return wish && this.#ask(desk, command, wish);
  }

  /**
   * Gives back the leases of a key, or of all (null), at once. True where there was one: a call that only they stood in the
   * way of may try again. The returns go on when nobody waits for them any more: that work is `keepAlive`'s.
   */
  async giveBackAll(keyHash: string | null, keepAlive: (work: Promise<void>) => void): Promise<boolean> {
    const desks = keyHash === null ? [...this.#desks.values()] : [this.#deskOf(keyHash)];
    const returns = desks.flatMap((desk) => desk.leases.map((lease) => this.#giveBack(desk, lease)));
    const all = Promise.all(returns);
    keepAlive(all.then(() => undefined));
    await this.#options.patience.within(all, this.#options.bounds.admitTimeoutMs, null);
    return returns.length > 0;
  }

  /** Holds more for a call out of its lease. False: the account has to be asked. */
  extend(id: string, toNano: NanoUsd): boolean {
    return this.#untold.get(id)?.extend(id, toNano, this.#options.clock.nowMs()) ?? false;
  }

  /** Sends a command with the call's own account of itself, for as long as the Account object may not have it. Null: no answer. */
  async telling<Command extends { readonly id: string }, Value>(
    command: Command,
    send: (command: Command) => Promise<Value | null>,
  ): Promise<Value | null> {
    const { id } = command;
    const leased = this.#untold.get(id)?.tell(id) ?? null;
    const value = await send(leased === null ? command : { ...command, leased });
    if (value !== null && leased !== null) this.#heard(id);
    return value;
  }

  #heard(id: string): void {
    this.#untold.get(id)?.heard(id);
    this.#untold.delete(id);
  }

  async #ask(desk: LeaseDesk, { keyHash, draft }: AdmitCommand, wish: LeaseWish): Promise<void> {
    const { account, clock, patience, bounds } = this.#options;
    const askedMs = clock.nowMs();
    const asked = attempt(async () => ({ lease: await account.lease({ keyHash, mode: draft.mode, wish }) }));
    const answer = await patience.within(asked, bounds.admitTimeoutMs, null);
    desk.answered(outcomeOf(answer), clock.nowMs());
    if (answer === null) await this.giveUp(wish);
    else if (answer.lease !== null) await this.hold(answer.lease, askedMs);
  }

  /** Resolves to whether the account knows. Whoever comes second waits for the first. */
  #giveBack(desk: LeaseDesk, open: OpenLease): Promise<boolean> {
    open.close();
    open.returning ??= this.#returnCalls(desk, open);
    return open.returning;
  }

  async #returnCalls(desk: LeaseDesk, open: OpenLease): Promise<boolean> {
    const ids = [...open.calls.keys()];
    const calls = ids.flatMap((id) => open.tell(id) ?? []);
    const isKnown = await this.#return({ leaseId: open.lease.id, calls });
    if (!isKnown) return false;
    for (const id of ids) this.#heard(id);
    desk.remove(open);
    return true;
  }

  async #return(command: Parameters<AccountPort["returnLease"]>[0]): Promise<boolean> {
    const { account, patience } = this.#options;
    const done = await patience.persist(() =>
      attempt(async (): Promise<true> => {
        await account.returnLease(command);
        return true;
      }),
    );
    return done ?? false;
  }

  #newLeaseId(): string {
    return newId("lease", this.#options.clock, this.#options.random);
  }

  #deskOf(keyHash: string): LeaseDesk {
    const known = this.#desks.get(keyHash);
    if (known) {
      // Last used last.
      this.#desks.delete(keyHash);
      this.#desks.set(keyHash, known);
      return known;
    }
    const desk = new LeaseDesk();
    this.#desks.set(keyHash, desk);
    this.#forgetIdle();
    return desk;
  }

  /** The oldest without a lease goes: one that has leases is in use. */
  #forgetIdle(): void {
    if (this.#desks.size <= this.#options.bounds.desksMax) return;
    for (const [keyHash, { leases }] of this.#desks) {
      if (leases.length > 0) continue;
      this.#desks.delete(keyHash);
      return;
    }
  }
}

const outcomeOf = (answer: { readonly lease: Lease | null } | null): WishOutcome => {
  if (answer === null) return "lost";
  return answer.lease === null ? "refused" : "given";
};
