import { and, eq, isNull, ne } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { apiKey, managementKey } from "../schema/index.ts";

export type LeakedKind = "api_key" | "management_key";

export interface LeakedKey {
  readonly kind: LeakedKind;
  readonly id: string;
  readonly orgId: string;
  readonly name: string;
  /** What is shown of it. */
  readonly prefix: string;
  /** Whose key it is, or who made it. */
  readonly memberId: string | null;
}

/** The key of a hash. Null where there is none of ours, or none any more that was not revoked. */
export async function findLeaked(db: Database, kind: LeakedKind, keyHash: string): Promise<LeakedKey | null> {
  if (kind === "api_key") {
    const { id, orgId, name, prefix, memberId } = apiKey;
    const [row] = await db
      .select({ id, orgId, name, prefix, memberId })
      .from(apiKey)
      .where(and(eq(apiKey.keyHash, keyHash), ne(apiKey.status, "revoked")));
    return row === undefined ? null : { kind, ...row };
  }
  const { id, orgId, name, prefix, createdBy: memberId } = managementKey;
  const [row] = await db
    .select({ id, orgId, name, prefix, memberId })
    .from(managementKey)
    .where(and(eq(managementKey.keyHash, keyHash), isNull(managementKey.revokedAt)));
  return row === undefined ? null : { kind, ...row };
}
