import { and, desc, eq, lt, ne } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { apiKey } from "../schema/index.ts";

/** What is shown of a key: never its hash. */
const COLUMNS = {
  id: apiKey.id,
  name: apiKey.name,
  prefix: apiKey.prefix,
  lastFour: apiKey.lastFour,
  mode: apiKey.mode,
  status: apiKey.status,
  scopes: apiKey.scopes,
  models: apiKey.models,
  ipAllow: apiKey.ipAllow,
  expiresAt: apiKey.expiresAt,
  requestsPerMinute: apiKey.requestsPerMinute,
  tokensPerMinute: apiKey.tokensPerMinute,
  concurrency: apiKey.concurrency,
  budgetLimitNano: apiKey.budgetLimitNano,
  budgetPeriod: apiKey.budgetPeriod,
  strict: apiKey.strict,
  memberId: apiKey.memberId,
  tags: apiKey.tags,
  version: apiKey.version,
  createdAt: apiKey.createdAt,
} as const;

export type KeyView = Pick<typeof apiKey.$inferSelect, keyof typeof COLUMNS>;
export type NewKey = typeof apiKey.$inferInsert;

export async function createKey(db: Database, key: NewKey): Promise<KeyView> {
  const [row] = await db.insert(apiKey).values(key).returning(COLUMNS);
  if (!row) throw new RangeError("an insert that returns nothing");
  return row;
}

export async function findKey(db: Database, orgId: string, id: string): Promise<KeyView | null> {
  const [row] = await db
    .select(COLUMNS)
    .from(apiKey)
    .where(and(eq(apiKey.orgId, orgId), eq(apiKey.id, id)));
  return row ?? null;
}

/** One page of an organization's keys, newest first. Ids sort by time: `before` is the last of the page before. */
export function listKeys(db: Database, orgId: string, before: string | null, limit: number): Promise<KeyView[]> {
  return db
    .select(COLUMNS)
    .from(apiKey)
    .where(and(eq(apiKey.orgId, orgId), before === null ? undefined : lt(apiKey.id, before)))
    .orderBy(desc(apiKey.id))
    .limit(limit);
}

/** What may be changed of a key. */
export type KeyChanges = {
  readonly [
    Name in
      | "name"
      | "status"
      | "scopes"
      | "models"
      | "ipAllow"
      | "expiresAt"
      | "requestsPerMinute"
      | "tokensPerMinute"
      | "concurrency"
      | "budgetLimitNano"
      | "budgetPeriod"
      | "strict"
      | "tags"
  ]?: KeyView[Name] | undefined;
};

/** Null where it is not of that version any more, or is revoked. */
export async function updateKey(
  db: Database,
  orgId: string,
  id: string,
  version: number,
  changes: KeyChanges,
): Promise<KeyView | null> {
  const [row] = await db
    .update(apiKey)
    // A change of nothing is one: the row is read back, and its version goes on.
    .set({ ...changes, name: changes.name ?? apiKey.name })
    .where(and(eq(apiKey.orgId, orgId), eq(apiKey.id, id), eq(apiKey.version, version), ne(apiKey.status, "revoked")))
    .returning(COLUMNS);
  return row ?? null;
}

/** Revokes a key for good; null where there is none that is not revoked yet. */
export async function revokeKey(db: Database, orgId: string, id: string): Promise<KeyView | null> {
  const [row] = await db
    .update(apiKey)
    .set({ status: "revoked" })
    .where(and(eq(apiKey.orgId, orgId), eq(apiKey.id, id), ne(apiKey.status, "revoked")))
    .returning(COLUMNS);
  return row ?? null;
}
