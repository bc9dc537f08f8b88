import { and, desc, eq, isNull, lt, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { managementKey } from "../schema/index.ts";

/** What is shown of a key: never its hash. */
const COLUMNS = {
  id: managementKey.id,
  orgId: managementKey.orgId,
  name: managementKey.name,
  prefix: managementKey.prefix,
  lastFour: managementKey.lastFour,
  permissions: managementKey.permissions,
  createdBy: managementKey.createdBy,
  createdAt: managementKey.createdAt,
  expiresAt: managementKey.expiresAt,
  revokedAt: managementKey.revokedAt,
  lastUsedAt: managementKey.lastUsedAt,
} as const;

export type ManagementKeyView = Pick<typeof managementKey.$inferSelect, keyof typeof COLUMNS>;
export type NewManagementKey = Omit<
  typeof managementKey.$inferInsert,
  "createdAt" | "revokedAt" | "lastUsedAt" | "permissions"
> & { readonly permissions: readonly string[] };

export async function createManagementKey(db: Database, key: NewManagementKey): Promise<ManagementKeyView> {
  const [row] = await db
    .insert(managementKey)
    .values({ ...key, permissions: [...key.permissions] })
    .returning(COLUMNS);
  if (!row) throw new RangeError("an insert that returns nothing");
  return row;
}

/** One page of an organization's management keys, newest first. `before` is the last of the page before. */
export function listManagementKeys(
  db: Database,
  orgId: string,
  before: string | null,
  limit: number,
): Promise<ManagementKeyView[]> {
  return db
    .select(COLUMNS)
    .from(managementKey)
    .where(and(eq(managementKey.orgId, orgId), before === null ? undefined : lt(managementKey.id, before)))
    .orderBy(desc(managementKey.id))
    .limit(limit);
}

/** Revokes a key for good. False where the organization has none of that id that is not revoked yet. */
export async function revokeManagementKey(db: Database, orgId: string, id: string): Promise<boolean> {
  const revoked = await db
    .update(managementKey)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(managementKey.orgId, orgId), eq(managementKey.id, id), isNull(managementKey.revokedAt)))
    .returning({ id: managementKey.id });
  return revoked.length > 0;
}
