import { and, asc, eq, ne, sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../control-outbox.ts";
import { accountUser, userLogin } from "../schema/index.ts";

export interface ProviderLogin {
  readonly id: string;
  readonly provider: string;
  readonly createdAt: Date;
}

const ofProviders = (userId: string) => and(eq(userLogin.userId, userId), ne(userLogin.providerId, "credential"));
const LOGINS_MAX = 20;

/** The accounts elsewhere that a person signs in with. */
export function listLogins(db: Database, userId: string): Promise<ProviderLogin[]> {
  return db
    .select({ id: userLogin.id, provider: userLogin.providerId, createdAt: userLogin.createdAt })
    .from(userLogin)
    .where(ofProviders(userId))
    .orderBy(asc(userLogin.id))
    .limit(LOGINS_MAX);
}

/** Whose account it is that signs in elsewhere; null where it is nobody's. */
export async function findProviderLogin(
  db: Database,
  provider: string,
  accountId: string,
): Promise<{ readonly userId: string; readonly status: "active" | "suspended" | "closing" } | null> {
  const [row] = await db
    .select({ userId: userLogin.userId, status: accountUser.status })
    .from(userLogin)
    .innerJoin(accountUser, eq(accountUser.id, userLogin.userId))
    .where(and(eq(userLogin.providerId, provider), eq(userLogin.accountId, accountId)))
    .limit(1);
  return row ?? null;
}

export interface NewLogin {
  readonly id: string;
  readonly userId: string;
  readonly provider: string;
  readonly accountId: string;
}

/** Links an account elsewhere. False where it is linked already, whoever's it is, or the person has one of that provider. */
export async function addLogin(db: Database, { id, userId, provider, accountId }: NewLogin): Promise<boolean> {
  const result = await db.execute(sql`
    insert into user_login (id, user_id, provider_id, account_id)
    select ${id}, ${userId}, ${provider}, ${accountId}
    where not exists (select from user_login where user_id = ${userId} and provider_id = ${provider})
    on conflict do nothing returning id`);
  return ids.parse(result).rows.length > 0;
}

const ids = z.object({ rows: z.array(z.object({ id: z.string() })) });

/** `only`: it is the last way in that the person has, and stays. */
export async function removeLogin(db: Database, userId: string, id: string): Promise<"removed" | "only" | "unknown"> {
  const removed = await db
    .delete(userLogin)
    .where(
      and(
        ofProviders(userId),
        eq(userLogin.id, id),
        sql`(exists (select from user_login other where other.user_id = ${userId} and other.id <> ${id})
          or exists (select from user_passkey p where p.user_id = ${userId}))`,
      ),
    )
    .returning({ id: userLogin.id });
  if (removed.length > 0) return "removed";
  const known = await db
    .select({ id: userLogin.id })
    .from(userLogin)
    .where(and(ofProviders(userId), eq(userLogin.id, id)));
  return known.length > 0 ? "only" : "unknown";
}

export interface NewPersonByLogin extends NewLogin {
  readonly name: string;
  /** Confirmed by the provider. */
  readonly email: string;
  readonly policyVersion: string;
  readonly locale: string;
  readonly timeZone: string;
  /** When the person said that they are of age and took the policy. */
  readonly now: Date;
}

/** An account that signs in elsewhere, in one statement. False where the address has an account: they are not the same person's. */
export async function createPersonByLogin(db: Database, person: NewPersonByLogin): Promise<boolean> {
  const { id, userId, provider, accountId, name, email, policyVersion, locale, timeZone, now } = person;
  const at = sql`${now.toISOString()}::timestamptz`;
  const result = await db.execute(sql`
    with made as (
      insert into account_user (id, name, email, email_verified, attested_adult_at, policy_version, policy_accepted_at,
        locale, time_zone)
      values (${userId}, ${name}, ${email}, true, ${at}, ${policyVersion}, ${at}, ${locale}, ${timeZone})
      on conflict do nothing returning id)
    insert into user_login (id, user_id, provider_id, account_id)
    select ${id}, made.id, ${provider}, ${accountId} from made returning id`);
  return ids.parse(result).rows.length > 0;
}
