import { and, eq, gt, isNull, or } from "drizzle-orm";
import type { Role } from "#identity";
import type { Database } from "../control-outbox.ts";
import { accountUser, managementKey, member } from "../schema/index.ts";

export interface FoundManagementKey {
  readonly id: string;
  readonly orgId: string;
  readonly name: string;
  readonly permissions: readonly string[];
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  /** Whoever made it, as what they are now: the key acts for them. */
  readonly memberId: string;
  readonly role: Role;
}

/** The key of a hash, where it is in force and whoever made it still is a member and may act; null otherwise (S5). */
export async function findManagementKey(db: Database, keyHash: string, now: Date): Promise<FoundManagementKey | null> {
  const [row] = await db
    .select({
      id: managementKey.id,
      orgId: managementKey.orgId,
      name: managementKey.name,
      permissions: managementKey.permissions,
      expiresAt: managementKey.expiresAt,
      lastUsedAt: managementKey.lastUsedAt,
      memberId: member.id,
      role: member.role,
    })
    .from(managementKey)
    .innerJoin(member, and(eq(member.id, managementKey.createdBy), eq(member.orgId, managementKey.orgId)))
    .innerJoin(accountUser, eq(accountUser.id, member.userId))
    .where(
      and(
        eq(managementKey.keyHash, keyHash),
        isNull(managementKey.revokedAt),
        or(isNull(managementKey.expiresAt), gt(managementKey.expiresAt, now)),
        isNull(member.leftAt),
        eq(accountUser.status, "active"),
      ),
    )
    .limit(1);
  return row ?? null;
}

export async function markKeyUsed(db: Database, id: string, now: Date): Promise<void> {
  await db.update(managementKey).set({ lastUsedAt: now }).where(eq(managementKey.id, id));
}
