import { and, asc, eq, sql } from "drizzle-orm";
import type { OwnKeyMode } from "#admission";
import type { SealedBox } from "#keys";
import type { Database } from "../control-outbox.ts";
import { providerKey } from "../schema/index.ts";

const COLUMNS = {
  provider: providerKey.provider,
  mode: providerKey.mode,
  keyVersion: providerKey.keyVersion,
  createdAt: providerKey.createdAt,
  updatedAt: providerKey.updatedAt,
} as const;

/** An organization's own key at a provider, as it may be seen: that there is one, and how it is used. */
export type ProviderKeyView = Pick<typeof providerKey.$inferSelect, keyof typeof COLUMNS>;

/** Those that there are, by provider. Their number has a bound in the database. */
export function listProviderKeys(db: Database, orgId: string): Promise<ProviderKeyView[]> {
  return db
    .select(COLUMNS)
    .from(providerKey)
    .where(and(eq(providerKey.orgId, orgId), providerKey.isSet))
    .orderBy(asc(providerKey.provider));
}

export interface NewProviderKey extends SealedBox {
  readonly orgId: string;
  readonly provider: string;
  readonly mode: OwnKeyMode;
}

/** Puts a sealed key in the place of the one before. A trigger tells the Account object. */
export async function putProviderKey(db: Database, key: NewProviderKey): Promise<void> {
  // Drizzle would name every column of the table, and the console's role may set these alone; `excluded` would read the box.
  await db.execute(sql`
    insert into provider_key (org_id, provider, mode, sealed, key_version)
    values (${key.orgId}, ${key.provider}, ${key.mode}, ${key.sealed}, ${key.keyVersion})
    on conflict (org_id, provider) do update
    set mode = ${key.mode}, sealed = ${key.sealed}, key_version = ${key.keyVersion}`);
}

/** Removes what was sealed, here and in the Account object. False where there was nothing. */
export async function removeProviderKey(db: Database, orgId: string, provider: string): Promise<boolean> {
  const removed = await db
    .update(providerKey)
    .set({ sealed: sql`null` })
    .where(and(eq(providerKey.orgId, orgId), eq(providerKey.provider, provider), providerKey.isSet))
    .returning({ provider: providerKey.provider });
  return removed.length > 0;
}
