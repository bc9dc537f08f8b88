import { and, asc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../control-outbox.ts";
import { accountUser, userPasskey } from "../schema/index.ts";

/** A person has a handful; more are nobody's. */
export const PASSKEYS_MAX = 20;

export interface NewPasskey {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly credentialId: string;
  /** COSE, base64url. */
  readonly publicKey: string;
  readonly signCount: number;
  readonly transports: readonly string[];
  readonly backedUp: boolean;
}

const added = z.object({ rows: z.tuple([z.object({ made: z.coerce.number(), codes: z.coerce.number() })]) });

/**
 * Adds a passkey, and for a person's first factor the recovery codes that stand in for it: both, or neither. Null where the
 * credential is registered already, whoever's it is, or the person has too many.
 */
export async function addPasskey(
  db: Database,
  passkey: NewPasskey,
  codeHashes: readonly string[],
): Promise<{ readonly hasNewCodes: boolean } | null> {
  const { id, userId, name, credentialId, publicKey, signCount, transports, backedUp } = passkey;
  const result = await db.execute(sql`
    with made as (
      insert into user_passkey (id, user_id, name, credential_id, public_key, sign_count, transports, backed_up)
      select ${id}, ${userId}, ${name}, ${credentialId}, ${publicKey}, ${signCount}::bigint,
        ${sql.param([...transports])}::text[], ${backedUp}::boolean
      where (select count(*) from user_passkey where user_id = ${userId}) < ${PASSKEYS_MAX}
      on conflict do nothing returning user_id),
    codes as (
      insert into user_recovery_code (user_id, code_hash)
      select user_id, unnest(${sql.param([...codeHashes])}::text[]) from made
      where not exists (select from user_recovery_code c where c.user_id = made.user_id) returning user_id)
    select (select count(*) from made)::text as made, (select count(*) from codes)::text as codes`);
  const { made, codes } = added.parse(result).rows[0];
  return made === 0 ? null : { hasNewCodes: codes > 0 };
}

export type ListedPasskey = Pick<
  typeof userPasskey.$inferSelect,
  "id" | "name" | "credentialId" | "transports" | "backedUp" | "lastUsedAt" | "createdAt"
>;

const LISTED = {
  id: userPasskey.id,
  name: userPasskey.name,
  credentialId: userPasskey.credentialId,
  transports: userPasskey.transports,
  backedUp: userPasskey.backedUp,
  lastUsedAt: userPasskey.lastUsedAt,
  createdAt: userPasskey.createdAt,
} as const;

export function listPasskeys(db: Database, userId: string): Promise<ListedPasskey[]> {
  return db
    .select(LISTED)
    .from(userPasskey)
    .where(eq(userPasskey.userId, userId))
    .orderBy(asc(userPasskey.id))
    .limit(PASSKEYS_MAX);
}

export async function renamePasskey(
  db: Database,
  userId: string,
  id: string,
  name: string,
): Promise<ListedPasskey | null> {
  const [renamed] = await db
    .update(userPasskey)
    .set({ name })
    .where(and(eq(userPasskey.id, id), eq(userPasskey.userId, userId)))
    .returning(LISTED);
  return renamed ?? null;
}

const counted = z.object({ rows: z.tuple([z.object({ answer: z.coerce.number() })]) });

/** Removes a passkey; the recovery codes go with the last factor. False where the person has none of that id. */
export async function removePasskey(db: Database, userId: string, id: string): Promise<boolean> {
  const result = await db.execute(sql`
    with removed as (delete from user_passkey where id = ${id} and user_id = ${userId} returning user_id),
    codes as (
      delete from user_recovery_code where user_id in (select user_id from removed)
        and not exists (select from user_passkey p where p.user_id = ${userId} and p.id <> ${id})
        and not exists (select from user_factor f where f.user_id = ${userId} and f.confirmed_at is not null))
    select count(*)::text as answer from removed`);
  return counted.parse(result).rows[0].answer > 0;
}

export interface FoundPasskey {
  readonly id: string;
  readonly userId: string;
  readonly publicKey: string;
  readonly signCount: number;
  readonly status: "active" | "suspended" | "closing";
}

/** The passkey of a credential, with what its owner's account is. */
export async function findPasskey(db: Database, credentialId: string): Promise<FoundPasskey | null> {
  const [row] = await db
    .select({
      id: userPasskey.id,
      userId: userPasskey.userId,
      publicKey: userPasskey.publicKey,
      signCount: userPasskey.signCount,
      status: accountUser.status,
    })
    .from(userPasskey)
    .innerJoin(accountUser, eq(accountUser.id, userPasskey.userId))
    .where(eq(userPasskey.credentialId, credentialId))
    .limit(1);
  return row ?? null;
}

/**
 * Remembers what an authenticator says of itself when it signs. False where its counter does not go on: it was copied, or
 * the passkey is gone. Authenticators that do not count say zero for ever.
 */
export async function markPasskeyUsed(
  db: Database,
  id: string,
  use: { readonly signCount: number; readonly backedUp: boolean; readonly now: Date },
): Promise<boolean> {
  const { signCount, backedUp, now } = use;
  const marked = await db
    .update(userPasskey)
    .set({ signCount, backedUp, lastUsedAt: now })
    .where(
      and(
        eq(userPasskey.id, id),
        sql`(${userPasskey.signCount} < ${signCount} or (${userPasskey.signCount} = 0 and ${signCount} = 0))`,
      ),
    )
    .returning({ id: userPasskey.id });
  return marked.length > 0;
}
