import { DEFAULT_ACCOUNT_LIMITS, type AccountLimits } from "#admission";

/** What the Account object reads from its environment, all of it here. */
export interface AccountSettings {
  readonly databaseUrl: string;
  /** Overrides where `POST /sql` goes; null in production, where the connection string names the host. */
  readonly neonHttpEndpoint: string | null;
  /** One call to the ledger. */
  readonly ledgerTimeoutMs: number;
  readonly limits: AccountLimits;
}

const LEDGER_TIMEOUT_MS = 10_000;

/** Reads the settings of the Account object. Throws on a duration that is not a positive whole number of milliseconds. */
export function readAccountSettings(env: object): AccountSettings {
  const text = (name: string): string | null => {
    const value: unknown = Reflect.get(env, name);
    return typeof value === "string" && value !== "" ? value : null;
  };
  const milliseconds = (name: string, fallback: number): number => {
    const value = text(name);
    if (value === null) return fallback;
    if (!/^[1-9]\d{0,9}$/.test(value)) throw new Error(`${name} is not a positive whole number`);
    return Number(value);
  };
  /** As the others, and 0. */
  const count = (name: string, fallback: number): number => (text(name) === "0" ? 0 : milliseconds(name, fallback));
  return {
    databaseUrl: text("DATABASE_URL") ?? "",
    neonHttpEndpoint: text("NEON_HTTP_ENDPOINT"),
    ledgerTimeoutMs: milliseconds("LEDGER_TIMEOUT_MS", LEDGER_TIMEOUT_MS),
    limits: {
      ...DEFAULT_ACCOUNT_LIMITS,
      requestMaxMs: milliseconds("REQUEST_MAX_MS", DEFAULT_ACCOUNT_LIMITS.requestMaxMs),
      leasesMax: count("LEASES_MAX", DEFAULT_ACCOUNT_LIMITS.leasesMax),
      leaseLifeMs: milliseconds("LEASE_LIFE_MS", DEFAULT_ACCOUNT_LIMITS.leaseLifeMs),
      holdGraceMs: milliseconds("HOLD_GRACE_MS", DEFAULT_ACCOUNT_LIMITS.holdGraceMs),
      flushIntervalMs: milliseconds("FLUSH_INTERVAL_MS", DEFAULT_ACCOUNT_LIMITS.flushIntervalMs),
      flushBackoffMs: milliseconds("FLUSH_BACKOFF_MS", DEFAULT_ACCOUNT_LIMITS.flushBackoffMs),
      flushBackoffMaxMs: milliseconds("FLUSH_BACKOFF_MAX_MS", DEFAULT_ACCOUNT_LIMITS.flushBackoffMaxMs),
    },
  };
}
