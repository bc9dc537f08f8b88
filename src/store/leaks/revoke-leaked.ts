import { and, eq, isNull, ne } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { apiKey, managementKey } from "../schema/index.ts";

export type LeakedKind = "api_key" | "management_key";

export interface LeakedKey {
  readonly orgId: string;
  readonly name: string;
  /** What is shown of it. */
  readonly prefix: string;
  /** Whose key it is, or who made it. */
  readonly memberId: string | null;
}

/** Revokes the key of a hash. Null where there is none of ours, or none any more that was not revoked. */
export async function revokeLeaked(
  db: Database,
  kind: LeakedKind,
  keyHash: string,
  now: Date,
): Promise<LeakedKey | null> {
  const [row] =
    kind === "api_key"
      ? await db
          .update(apiKey)
          .set({ status: "revoked" })
          .where(and(eq(apiKey.keyHash, keyHash), ne(apiKey.status, "revoked")))
          .returning({ orgId: apiKey.orgId, name: apiKey.name, prefix: apiKey.prefix, memberId: apiKey.memberId })
      : await db
          .update(managementKey)
          .set({ revokedAt: now })
          .where(and(eq(managementKey.keyHash, keyHash), isNull(managementKey.revokedAt)))
          .returning({
            orgId: managementKey.orgId,
            name: managementKey.name,
            prefix: managementKey.prefix,
            memberId: managementKey.createdBy,
          });
  return row ?? null;
}
