/** The chain of entries that are about a person or the platform, and of no organization. */
export const PLATFORM_CHAIN = "platform";

/** Which chain an entry belongs to. */
export const chainOf = (orgId: string | null): string => orgId ?? PLATFORM_CHAIN;

/**
 * An entry of the audit log, every column of it as the database writes it in text: a number or an instant that went
 * through JavaScript would lose digits, and a change of those could not be seen.
 */
export interface AuditEntry {
  readonly seq: string;
  readonly id: string;
  readonly orgId: string | null;
  /** Seconds since the Unix epoch with six decimals. */
  readonly occurredAt: string;
  readonly actorKind: string;
  readonly actorId: string | null;
  readonly action: string;
  readonly targetId: string | null;
  /** JSON, as Postgres writes `jsonb`: members in one order, numbers with all their digits. */
  readonly details: string;
  readonly requestId: string | null;
}

/** The link of one entry in its chain. */
export interface AuditSeal {
  readonly chain: string;
  /** 1, 2, 3 … */
  readonly position: number;
  readonly entryId: string;
  /** HMAC-SHA256, base64url. */
  readonly mac: string;
  readonly keyVersion: number;
  /** As `occurredAt`. */
  readonly sealedAt: string;
}

/** A seal and what it seals; null where the entry is gone. */
export interface ChainLink {
  readonly seal: AuditSeal;
  readonly entry: AuditEntry | null;
}

/** Where a chain ends: who keeps it elsewhere can tell that the chain was cut back behind it. */
export interface ChainHead {
  readonly chain: string;
  readonly position: number;
  readonly mac: string;
}
