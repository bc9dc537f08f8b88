import type { AdmitCommand, Refusal } from "#admission";
import { ensure } from "../engine/violation.ts";
import { WALLET, type Books } from "./books.ts";
import type { KeyBooks } from "./key-books.ts";
import { MINUTE_MS } from "./limit-checks.ts";
import { costAt, feeOf, floorTokens, tokensAt, wantedTokens } from "./prices.ts";
import type { Instant, TrueCall } from "./true-records.ts";

/** The account counts whole seconds. */
const SECOND_MS = 1_000;

const NOTHING = { requests: 0, tokens: 0 };

interface Question {
  readonly books: Books;
  readonly key: KeyBooks;
  readonly command: AdmitCommand;
  readonly refusal: Refusal;
  readonly now: Instant;
  readonly slackMs: number;
}

/** Whether a refusal is true: each code says something about the account that the books must say too. */
export function checkRefusal(
  books: Books,
  command: AdmitCommand,
  refusal: Refusal,
  now: Instant,
  slackMs: number,
): void {
  const key = books.keys.get(command.keyHash);
  const isTrue = key === undefined ? refusal.code === "invalid_api_key" : holds({ books, key, command, refusal, now, slackMs });
  const { leaseLifeMs } = books.limits;
  const figures = () => ({
    refusal,
    free: books.freeNano,
    leased: books.leasedNano,
    parts: key?.leasedParts,
    openHolds: key?.openHolds,
  });
  ensure(isTrue, "liveness", "a refusal that the books do not bear out", figures);
  if (refusal.isParked !== true || key === undefined) return;
  ensure(isOnlyLeased({ books, key, command, refusal, now, slackMs }), "liveness", "not only leases stand in the way", figures);
  const retryMs = refusal.retryAfterMs ?? Infinity;
  ensure(retryMs >= 1 && retryMs <= leaseLifeMs, "liveness", "leases stand in the way for longer than they live", figures);
}

function holds(question: Question): boolean {
  const { books, key, command, refusal, now } = question;
  switch (refusal.code) {
    case "organization_suspended":
      return books.organization?.status === "suspended";
    case "api_key_revoked":
      return key.record.status === "revoked";
    case "api_key_expired":
      return now.accountMs >= (key.record.expiresAtMs ?? Infinity);
    case "api_key_disabled":
      return key.record.status === "disabled";
    case "rate_limit_concurrency":
      return key.openHolds + key.leasedParts.slots >= (key.record.concurrency ?? Infinity);
    case "request_exceeds_token_limit":
      return neededTokens(command) > (key.record.tokensPerMinute ?? Infinity);
    case "rate_limit_requests":
    case "rate_limit_tokens":
      return isMinuteFull(question);
    case "account_unavailable":
      return books.openCalls.size + books.leasedSlots >= books.limits.openHoldsMax;
    case "internal_error":
      return (books.calls.get(command.draft.id)?.state ?? "open") !== "open";
    case "idempotency_in_progress":
    case "idempotency_key_reused":
    case "idempotency_keys_exhausted":
      return isIdempotencyTaken(question);
    default:
      return isMoneyShort(question);
  }
}

function isMoneyShort({ books, key, command, refusal, now }: Question): boolean {
  const floorNano = costAt(command.hold, feeOf(command, books.isOwnKeyOnly), floorTokens(command.hold) ?? 0);
  const { keyHash, maxCostNano } = command;
  const scopes = key.sharedScopes;
  const all = books.roomsOf({ keyHash, scopes, periods: books.periodsAt(keyHash, now.accountMs) });
  const rooms = all.filter(({ scope }) => floorNano > 0n || scope !== WALLET);
  const short = rooms.filter(({ freeNano }) => freeNano < floorNano).map(({ scope }) => scope);
  switch (refusal.code) {
    case "max_cost_exceeded":
      return maxCostNano !== null && maxCostNano < floorNano;
    case "insufficient_credit":
      return short.includes(WALLET);
    case "key_budget_exceeded":
      return short.some((scope) => scope.startsWith("key "));
    case "budget_exceeded":
      return short.some((scope) => scope !== WALLET && !scope.startsWith("key "));
    case "credit_reserved":
      return (
        refusal.isParked === true &&
        short.length === 0 &&
        rooms.some(({ freeNano, leasedNano }) => freeNano - leasedNano < floorNano)
      );
    default:
      return false;
  }
}

/** All that may still count: what was admitted a second before the minute, and from leases a life before that. */
function isMinuteFull({ books, key, command, refusal, now, slackMs }: Question): boolean {
  const reachMs = MINUTE_MS + SECOND_MS + books.limits.leaseLifeMs + slackMs;
  const used = key.usesWithin(reachMs, now.trueMs, ({ tokens, boundTokens }) => Math.max(tokens, boundTokens));
  const { requestsPerMinute, tokensPerMinute } = key.record;
  // What leases have not spent is in the way only where it is said to be.
  const leased = refusal.isParked === true ? key.leasedParts : NOTHING;
  if (refusal.code === "rate_limit_requests") return used.requests + leased.requests + 1 > (requestsPerMinute ?? Infinity);
  return used.tokens + leased.tokens + neededTokens(command) > (tokensPerMinute ?? Infinity);
}

/** Without what leases have not spent it would fit. */
function isOnlyLeased({ key, command, refusal, now, slackMs }: Question): boolean {
  const { requestsPerMinute, tokensPerMinute, concurrency } = key.record;
  const told = (call: TrueCall) => (call.state === "untold" ? null : call.tokens);
  const used = key.usesWithin(MINUTE_MS - slackMs, now.trueMs, told);
  if (refusal.code === "rate_limit_requests") return used.requests < (requestsPerMinute ?? Infinity);
  if (refusal.code === "rate_limit_tokens") return used.tokens + neededTokens(command) <= (tokensPerMinute ?? Infinity);
  return refusal.code !== "rate_limit_concurrency" || key.openHolds < (concurrency ?? Infinity);
}

function neededTokens({ hold }: AdmitCommand): number {
  return tokensAt(hold, hold.output === null ? 0 : wantedTokens(hold.output));
}

function isIdempotencyTaken({ books, command, refusal }: Question): boolean {
  const name = `${command.keyHash} ${command.idempotency?.keyHash ?? ""}`;
  if (refusal.code === "idempotency_in_progress") return books.running.has(name);
  if (refusal.code === "idempotency_key_reused") return books.used.has(name);
  return books.used.size + books.running.size >= books.limits.idempotencyKeysMax;
}
