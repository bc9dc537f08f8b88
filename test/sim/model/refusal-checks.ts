import type { AdmitCommand, Refusal } from "#admission";
import type { ErrorCode } from "#kernel";
import { ensure } from "../engine/violation.ts";
import { WALLET, type Books } from "./books.ts";
import type { KeyBooks } from "./key-books.ts";
import { MINUTE_MS } from "./limit-checks.ts";
import { costAt, feeOf, floorTokens, tokensAt, wantedTokens } from "./prices.ts";
import type { TrueRoom } from "./scope-books.ts";
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
  const isTrue =
    key === undefined
      ? refusal.code === "invalid_api_key"
      : (TRUTHS[refusal.code]?.({ books, key, command, refusal, now, slackMs }) ?? false);
  const { leaseLifeMs, requestMaxMs, holdGraceMs } = books.limits;
  const figures = () => ({
    refusal,
    free: books.freeNano,
    leased: books.leasedNano,
    parts: key?.leasedParts,
    openHolds: key?.openHolds,
  });
  ensure(isTrue, "liveness", "a refusal that the books do not bear out", figures);
  if (refusal.isParked !== true || key === undefined) return;
  ensure(
    isOnlyLeased({ books, key, command, refusal, now, slackMs }),
    "liveness",
    "not only leases stand in the way",
    figures,
  );
  const retryMs = refusal.retryAfterMs ?? Infinity;
  const isUsable = [...books.openLeases.values()].some(({ expiresMs }) => expiresMs > now.accountMs);
  // Leases that nobody can use any more, and nobody returned, are in the way until the sweep.
  const mostMs = isUsable ? leaseLifeMs : leaseLifeMs + requestMaxMs + holdGraceMs + slackMs;
  ensure(retryMs >= 1 && retryMs <= mostMs, "liveness", "leases stand in the way for longer than they live", figures);
}

/** What each refusal says, in the words of the books. A code that is not here is never right. */
const TRUTHS: Partial<Record<ErrorCode, (question: Question) => boolean>> = {
  organization_suspended: ({ books }) => books.organization?.status === "suspended",
  api_key_revoked: ({ key }) => key.record.status === "revoked",
  api_key_disabled: ({ key }) => key.record.status === "disabled",
  api_key_expired: ({ key, now }) => now.accountMs >= (key.record.expiresAtMs ?? Infinity),
  rate_limit_concurrency: ({ key }) => key.openHolds + key.leasedParts.slots >= (key.record.concurrency ?? Infinity),
  request_exceeds_token_limit: ({ key, command }) => neededTokens(command) > (key.record.tokensPerMinute ?? Infinity),
  rate_limit_requests: isMinuteFull,
  rate_limit_tokens: isMinuteFull,
  account_unavailable: ({ books }) => books.openCalls.size + books.leasedSlots >= books.limits.openHoldsMax,
  internal_error: ({ books, command }) => (books.calls.get(command.draft.id)?.state ?? "open") !== "open",
  idempotency_in_progress: ({ books, command }) => books.running.has(idempotencyOf(command)),
  idempotency_key_reused: ({ books, command }) => books.used.has(idempotencyOf(command)),
  idempotency_keys_exhausted: ({ books }) => books.used.size + books.running.size >= books.limits.idempotencyKeysMax,
  max_cost_exceeded: ({ books, command }) =>
    command.maxCostNano !== null && command.maxCostNano < floorOf(books, command),
  insufficient_credit: (question) => shortRooms(question).includes(WALLET),
  key_budget_exceeded: (question) => shortRooms(question).some((scope) => scope.startsWith("key ")),
  budget_exceeded: (question) => shortRooms(question).some((scope) => scope !== WALLET && !scope.startsWith("key ")),
  credit_reserved: (question) => question.refusal.isParked === true && isParkedMoney(question),
};

const idempotencyOf = ({ keyHash, idempotency }: AdmitCommand): string => `${keyHash} ${idempotency?.keyHash ?? ""}`;

function floorOf({ isOwnKeyOnly }: Books, command: AdmitCommand): bigint {
  return costAt(command.hold, feeOf(command, isOwnKeyOnly), floorTokens(command.hold) ?? 0);
}

/** The limits on money that the call meets. What costs nothing asks nothing of the wallet. */
function roomsOf({ books, key, command, now }: Question): readonly TrueRoom[] {
  const { keyHash } = command;
  const periods = books.periodsAt(keyHash, now.accountMs);
  const rooms = books.roomsOf({ keyHash, scopes: key.sharedScopes, periods });
  return floorOf(books, command) > 0n ? rooms : rooms.filter(({ scope }) => scope !== WALLET);
}

/** Those that have no room for it, though nothing were leased. */
function shortRooms(question: Question): readonly string[] {
  const floorNano = floorOf(question.books, question.command);
  return roomsOf(question)
    .filter(({ freeNano }) => freeNano < floorNano)
    .map(({ scope }) => scope);
}

function isParkedMoney(question: Question): boolean {
  const floorNano = floorOf(question.books, question.command);
  const isFull = roomsOf(question).some(({ freeNano, leasedNano }) => freeNano - leasedNano < floorNano);
  return isFull && shortRooms(question).length === 0;
}

/** All that may still count: what was admitted a second before the minute, and from leases a life before that. */
function isMinuteFull({ books, key, command, refusal, now, slackMs }: Question): boolean {
  const reachMs = MINUTE_MS + SECOND_MS + books.limits.leaseLifeMs + slackMs;
  const used = key.usesWithin(reachMs, now.trueMs, ({ tokens, boundTokens }) => Math.max(tokens, boundTokens));
  const { requestsPerMinute, tokensPerMinute } = key.record;
  // What leases have not spent is in the way only where it is said to be.
  const leased = refusal.isParked === true ? key.leasedParts : NOTHING;
  if (refusal.code === "rate_limit_requests")
    return used.requests + leased.requests + 1 > (requestsPerMinute ?? Infinity);
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
