const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Every bound of the account state machine. Times are milliseconds; the object may override them from its environment. */
export interface AccountLimits {
  /** The longest a request may run. */
  readonly requestMaxMs: number;
  /** How much later than `requestMaxMs` an unended hold is swept. */
  readonly holdGraceMs: number;
  /** How long a receipt may wait for others before it is sent to the ledger. */
  readonly flushIntervalMs: number;
  /** First wait after the ledger did not answer; doubles up to `flushBackoffMaxMs`. */
  readonly flushBackoffMs: number;
  readonly flushBackoffMaxMs: number;
  /** Outbox rows in one flush. */
  readonly flushRowsMax: number;
  /** Sends of one row alone that the ledger refused for good, before it is set aside. */
  readonly poisonTriesMax: number;
  readonly openHoldsMax: number;
  /** How long a teller may admit from a lease: the bound within which a revoked key or a lowered limit takes effect. */
  readonly leaseLifeMs: number;
  /** A lease that would live shorter than this (a period ends, a key expires) is not worth its call. */
  readonly leaseLifeMinMs: number;
  /** Calls that one lease admits; and leases that an object has open. */
  readonly leaseCallsMax: number;
  readonly leasesMax: number;
  /** Keys of an organization; the longest revoked ones make room, of which only `retiredKeysMax` hashes are kept. */
  readonly keysMax: number;
  readonly retiredKeysMax: number;
  /** Shared budget scopes of an organization: itself, its members, its tags. */
  readonly scopesMax: number;
  /** Providers of which an organization has, or had, a key of its own; and characters of one sealed key. */
  readonly providerKeysMax: number;
  readonly sealedCharactersMax: number;
  /** Providers that one call may name as candidates. */
  readonly providersMax: number;
  /** Idempotency keys of running and ended calls that are remembered; at it calls with a new one are refused. */
  readonly idempotencyKeysMax: number;
  /** Holds that one sweep step ends. */
  readonly sweepStepMax: number;
  /** How long an ended hold is remembered, and its idempotency key: a late settle corrects it, a repeat is refused. */
  readonly endedKeepMs: number;
  /** Ended records that one prune step removes. */
  readonly pruneStepMax: number;
  /** What a caller is told to wait when all its slots, or all of the object's, are taken. */
  readonly slotRetryMs: number;
}

export const DEFAULT_ACCOUNT_LIMITS: AccountLimits = {
  requestMaxMs: 30 * MINUTE_MS,
  holdGraceMs: MINUTE_MS,
  flushIntervalMs: SECOND_MS,
  flushBackoffMs: SECOND_MS / 2,
  flushBackoffMaxMs: MINUTE_MS,
  flushRowsMax: 100,
  poisonTriesMax: 3,
  openHoldsMax: 10_000,
  leaseLifeMs: 5 * SECOND_MS,
  leaseLifeMinMs: SECOND_MS,
  leaseCallsMax: 256,
  leasesMax: 1_000,
  keysMax: 10_000,
  retiredKeysMax: 100_000,
  scopesMax: 10_000,
  providerKeysMax: 32,
  sealedCharactersMax: 4_096,
  providersMax: 16,
  idempotencyKeysMax: 20_000,
  sweepStepMax: 500,
  endedKeepMs: 24 * HOUR_MS,
  pruneStepMax: 1_000,
  slotRetryMs: SECOND_MS,
};
