import { nanoUsd, type NanoUsd } from "#kernel";
import type { Lease, LeasedCall } from "./lease-types.ts";
import { grantHold, planHold } from "./hold-plan.ts";
import { isOnAllLists } from "./ip-allow.ts";
import { holdFeePerMillion } from "./own-keys.ts";
import type { Admission, AdmitCommand, LimitStates, WindowState } from "./types.ts";

/**
 * A lease in its teller's hands. It only ever admits: whatever it cannot decide in the caller's favour goes to the
 * account, which alone refuses.
 */
export class OpenLease {
  readonly lease: Lease;
  /** No admission from then on, on this isolate's clock. */
  readonly untilMs: number;
  /** Calls that the account has not heard of. */
  readonly calls = new Map<string, LeasedCall>();
  /** Resolves when nothing more will be admitted and every call was heard of. */
  readonly spent: Promise<void>;
  /** Its return, once that is under way. */
  returning: Promise<boolean> | null = null;
  readonly #atMs: number;
  /** When each of those was admitted. */
  readonly #sinceMs = new Map<string, number>();
  /** Of those calls the ones that were told of: what is held for them is the account's to change. */
  readonly #told = new Set<string>();
  readonly #resolveSpent: () => void;
  #isClosed = false;
  #nano: NanoUsd;
  #requests: number;
  #tokens: number;

  /** `askedMs`: when the account was asked for it. Its answer took time, and its life began before that. */
  constructor(lease: Lease, askedMs: number) {
    this.lease = lease;
    this.#atMs = askedMs;
    this.untilMs = askedMs + lease.lifeMs;
    this.#nano = lease.nano;
    this.#requests = Math.min(lease.requests, lease.slots);
    this.#tokens = lease.tokens;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.spent = promise;
    this.#resolveSpent = () => resolve(undefined);
  }

  isUsable(nowMs: number): boolean {
    return !this.#isClosed && this.leftMs(nowMs) > 0 && this.#requests > 0;
  }

  /** Calls that it still admits, as far as their number goes. */
  get requestsLeft(): number {
    return this.#requests;
  }

  /** What is left of its life; none once the clock has gone back before its beginning: nobody can tell how old it is. */
  leftMs(nowMs: number): number {
    return this.isOfLater(nowMs) ? 0 : Math.max(0, this.untilMs - nowMs);
  }

  /** It was asked for at a time that is yet to come. */
  isOfLater(nowMs: number): boolean {
    return nowMs < this.#atMs;
  }

  /** Nothing is admitted from it any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Admits a call, or says nothing (null). */
  admit(command: AdmitCommand, nowMs: number): Admission | null {
    if (!this.isUsable(nowMs) || !this.#allows(command)) return null;
    const { key, roomNano } = this.lease;
    const ownKeys = key.ownKeys.filter(({ provider }) => command.providers?.includes(provider) ?? false);
    const plan = planHold(command.hold, holdFeePerMillion(command, ownKeys));
    const { output } = command.hold;
    const isRolling = (output?.slice ?? null) !== null;
    const beside = isRolling && roomNano > 0n ? roomNano : 0n;
    const room = { nano: atMost(nanoUsd(this.#nano + beside), command.maxCostNano), tokens: this.#tokens };
    if (plan.costNano > this.#nano || plan.costNano > room.nano || plan.tokens > this.#tokens) return null;
    const grant = grantHold(plan, room);
    // A lease never makes an answer shorter: where it has not room for all of it, the account says what there is.
    const isWhole =
      output === null || grant.outputTokens === Math.min(output.requested ?? output.maximum, output.maximum);
    if (!isWhole || grant.heldNano > this.#nano || grant.tokens > this.#tokens) return null;
    this.#requests -= 1;
    this.#tokens -= grant.tokens;
    this.#nano = nanoUsd(this.#nano - grant.heldNano);
    const { draft, keyHash, maxCostNano } = command;
    this.#sinceMs.set(draft.id, nowMs);
    this.calls.set(draft.id, { leaseId: this.lease.id, keyHash, draft, maxCostNano, ...grant });
    return {
      orgId: key.orgId,
      keyId: key.record.id,
      heldNano: grant.heldNano,
      outputTokens: grant.outputTokens,
      tokens: grant.tokens,
      limits: this.#limits(nowMs),
      policy: key.policy,
      byok: ownKeys,
      guardrails: key.guardrails,
      models: key.record.models,
    };
  }

  /** Holds more for one of its calls, where the lease has it and the account does not know the call yet. */
  extend(id: string, toNano: NanoUsd, nowMs: number): boolean {
    const call = this.calls.get(id);
    if (!call || this.#told.has(id) || this.#isClosed || nowMs >= this.untilMs) return false;
    const neededNano = nanoUsd(toNano - call.heldNano);
    if (neededNano > this.#nano || (call.maxCostNano !== null && toNano > call.maxCostNano)) return false;
    if (neededNano <= 0n) return true;
    this.#nano = nanoUsd(this.#nano - neededNano);
    this.calls.set(id, { ...call, heldNano: toNano });
    return true;
  }

  /** A call as the account is told of it; null where it knows. From now on what it holds is not changed here. */
  tell(id: string): LeasedCall | null {
    const call = this.calls.get(id) ?? null;
    if (call) this.#told.add(id);
    return call;
  }

  /** Calls that were admitted before the instant: the account should hear of them. */
  runningSince(beforeMs: number): readonly string[] {
    return [...this.#sinceMs].filter(([id, sinceMs]) => sinceMs <= beforeMs && this.calls.has(id)).map(([id]) => id);
  }

  /** The account knows the call. */
  heard(id: string): void {
    this.calls.delete(id);
    this.#sinceMs.delete(id);
    this.#told.delete(id);
    if (this.#requests === 0 && this.calls.size === 0) this.#resolveSpent();
  }

  #allows({ draft, scope, clientIp }: AdmitCommand): boolean {
    const { record, organizationIpAllow = null } = this.lease.key;
    const { mode, scopes, models, ipAllow } = record;
    if (draft.mode !== mode || !scopes.includes(scope)) return false;
    if (models !== null && !models.includes(draft.model)) return false;
    return isOnAllLists([ipAllow, organizationIpAllow], clientIp);
  }

  /** What the account said, less what was used of this lease; what others have used since is not known here. */
  #limits(nowMs: number): LimitStates {
    const { requests, tokens } = this.lease.key.limits;
    const passedMs = Math.max(0, nowMs - this.#atMs);
    const now = (window: WindowState | null, used: number): WindowState | null =>
      window && {
        limit: window.limit,
        remaining: Math.max(0, window.remaining - used),
        resetMs: Math.max(0, window.resetMs - passedMs),
      };
    const { lease } = this;
    const usedRequests = Math.min(lease.requests, lease.slots) - this.#requests;
    return { requests: now(requests, usedRequests), tokens: now(tokens, lease.tokens - this.#tokens) };
  }
}

const atMost = (amount: NanoUsd, cap: NanoUsd | null): NanoUsd => (cap !== null && cap < amount ? cap : amount);
