import type {
  Admission,
  AdmitCommand,
  AdmitResult,
  CheckpointCommand,
  ExtendCommand,
  ExtendResult,
  ReturnCommand,
  SettleCommand,
  SettleResult,
} from "#admission";
import { ensure } from "../engine/violation.ts";
import type { Books, TrueEnd } from "./books.ts";
import { checkGrant } from "./check-grant.ts";
import { hearCall } from "./hear-call.ts";
import type { LeaseObserver } from "./lease-observer.ts";
import { checkGood, checkMoney, checkRates, WINDOW_REACH_MS } from "./limit-checks.ts";
import { makeCall } from "./make-call.ts";
import { least, positive } from "./prices.ts";
import { checkRefusal } from "./refusal-checks.ts";
import type { Instant, SlackSince } from "./true-records.ts";

const FOR_GOOD: ReadonlySet<string> = new Set(["insufficient_credit", "key_budget_exceeded", "budget_exceeded"]);

/** Reads what the account did with each command, in the order in which it did, into the books, and holds it to them. */
export class AccountObserver {
  readonly #books: Books;
  readonly #slackSince: SlackSince;
  readonly #leases: LeaseObserver;

  constructor(books: Books, slackSince: SlackSince, leases: LeaseObserver) {
    this.#books = books;
    this.#slackSince = slackSince;
    this.#leases = leases;
  }

  admitted(isolate: string, command: AdmitCommand, result: AdmitResult, now: Instant): void {
    const books = this.#books;
    const { id } = command.draft;
    const known = books.calls.get(id);
    if (!result.ok) {
      checkRefusal(books, command, result.refusal, now, this.#slackSince(now.trueMs - WINDOW_REACH_MS));
      return;
    }
    const { admission } = result;
    if (known?.state === "open") {
      ensure(known.heldNano === admission.heldNano, "replay", "an admission repeated holds something else", () => ({
        id,
      }));
    } else {
      ensure(known === undefined, "once", "a second hold under one id", () => ({ id, state: known?.state }));
      checkGood(books, admission.heldNano, now, "admitted");
      this.#open(isolate, command, admission, now);
    }
    if (admission.lease && command.lease) this.#leases.given(command.keyHash, command.lease, admission.lease, now);
  }

  #open(isolate: string, command: AdmitCommand, admission: Admission, now: Instant): void {
    const books = this.#books;
    const { draft, keyHash, idempotency } = command;
    const key = books.keyOf(keyHash);
    const isExpired = now.accountMs >= (key.record.expiresAtMs ?? Infinity);
    const isShut = isExpired || key.shutSinceMs !== null || books.organizationShutSinceMs !== null;
    ensure(!isShut, "leaseLife", "the account admitted a call of a key that is shut", () => ({ id: draft.id }));
    checkGrant(command, admission, books.isOwnKeyOnly);
    if (idempotency) this.#checkIdempotency(`${keyHash} ${idempotency.keyHash}`, now);
    const where = {
      isolate,
      lease: null,
      state: "open",
      deadlineMs: now.accountMs + books.limits.requestMaxMs + books.limits.holdGraceMs,
      periods: books.periodsAt(keyHash, now.accountMs),
      scopes: key.sharedScopes,
    } as const;
    const call = makeCall(command, admission, where, now);
    books.open(call);
    key.use(call, now.trueMs);
    checkMoney(books, call, "admitted", call.heldNano);
    checkRates(books, key, now, this.#slackSince(now.trueMs - WINDOW_REACH_MS), "admitted");
  }

  #checkIdempotency(name: string, { accountMs }: Instant): void {
    const { running, used, limits } = this.#books;
    ensure(!running.has(name), "replay", "two running calls under one idempotency key", () => ({ name }));
    const before = used.get(name);
    const isFree = before === undefined || accountMs - before.endedMs > limits.endedKeepMs;
    ensure(isFree, "replay", "a second call under an idempotency key", () => ({ name, ...before }));
  }

  returned({ leaseId, calls }: ReturnCommand, now: Instant): void {
    for (const call of calls) hearCall(this.#books, call, now);
    const books = this.#books;
    books.spentLeases.add(leaseId);
    const lease = books.leases.get(leaseId);
    if (lease === undefined || lease.state !== "open") return;
    books.close(lease, "returned");
    ensure(lease.untold.size === 0, "once", "a lease was returned while calls of it run that nobody told of", () => ({
      lease: leaseId,
      untold: [...lease.untold].map(({ draft }) => draft.id),
    }));
  }

  extended(commands: readonly ExtendCommand[], results: readonly ExtendResult[], now: Instant): void {
    for (const [index, command] of commands.entries()) {
      const result = results[index];
      hearCall(this.#books, command.leased, now);
      if (result !== undefined) this.#extendedOne(command, result, now);
    }
  }

  #extendedOne({ id, toNano }: ExtendCommand, { heldNano, refusal }: ExtendResult, now: Instant): void {
    const books = this.#books;
    const call = books.openCalls.get(id);
    if (call === undefined) {
      ensure(heldNano === 0n && refusal !== null, "once", "a call that is not open was extended", () => ({
        id,
        heldNano,
      }));
      return;
    }
    const rooms = books.roomsOf(call);
    const neededNano = toNano - call.heldNano;
    const cappedNano = call.maxCostNano === null ? neededNano : least(neededNano, call.maxCostNano - call.heldNano);
    const grantedNano = positive(least(cappedNano, ...rooms.map((room) => room.freeNano - room.leasedNano)));
    const figures = () => ({ id, toNano, was: call.heldNano, heldNano, grantedNano, rooms, refusal });
    ensure(heldNano === call.heldNano + grantedNano, "limits", "an extension of another amount", figures);
    ensure(
      (refusal === null) === (neededNano <= 0n || grantedNano === neededNano),
      "limits",
      "an extension's refusal",
      figures,
    );
    checkGood(books, grantedNano, now, "extended");
    books.grow(call, grantedNano);
    if (grantedNano > 0n) checkMoney(books, call, "extended", grantedNano);
    const isFinal = refusal !== null && FOR_GOOD.has(refusal.code);
    const isShort = rooms.some((room) => room.freeNano < neededNano);
    ensure(
      !isFinal || isShort,
      "liveness",
      "an extension was refused for good, and only leases stood in the way",
      figures,
    );
  }

  checkpointed(commands: readonly CheckpointCommand[], now: Instant): void {
    for (const { id, measure, leased } of commands) {
      hearCall(this.#books, leased, now);
      const call = this.#books.openCalls.get(id);
      const costNano = BigInt(measure.cost_nano);
      if (call === undefined || (call.checkpoint !== null && costNano < call.checkpoint.costNano)) continue;
      call.checkpoint = { costNano, upstreamNano: BigInt(measure.upstream_cost_nano) };
    }
  }

  settled(commands: readonly SettleCommand[], results: readonly SettleResult[], now: Instant): void {
    for (const [index, command] of commands.entries()) {
      hearCall(this.#books, command.leased, now);
      const expected = this.#settledOne(command, now);
      const result = results[index];
      ensure(
        expected.some((one) => one === result),
        "receipts",
        "a settle was answered with something else",
        () => ({
          id: command.id,
          result,
          expected,
        }),
      );
    }
  }

  #settledOne({ id, end, capNano = null }: SettleCommand, now: Instant): readonly SettleResult[] {
    const books = this.#books;
    const call = books.calls.get(id);
    const told: TrueEnd = {
      costNano: BigInt(end.cost_nano),
      upstreamNano: BigInt(end.upstream_cost_nano),
      tokens: (end.units.input ?? 0) + (end.units.output ?? 0),
      capNano,
      mayRepeat: end.outcome !== "completed" && end.outcome !== "unobserved",
    };
    if (call === undefined || call.state === "untold") return ["unknown"];
    if (call.state === "open") {
      books.end(call, "settled", told, now);
      return ["settled"];
    }
    const isOld = now.accountMs - call.endedMs > books.limits.endedKeepMs;
    if (call.state !== "swept") return isOld ? ["repeated", "unknown"] : ["repeated"];
    if (isOld) return ["unknown"];
    books.correct(call, told);
    return ["corrected"];
  }
}
