import { eq, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { accountUser } from "../schema/index.ts";

export type Person = Pick<
  typeof accountUser.$inferSelect,
  | "id"
  | "name"
  | "email"
  | "emailVerified"
  | "locale"
  | "theme"
  | "currency"
  | "timeZone"
  | "policyVersion"
  | "createdAt"
>;

const COLUMNS = {
  id: accountUser.id,
  name: accountUser.name,
  email: accountUser.email,
  emailVerified: accountUser.emailVerified,
  locale: accountUser.locale,
  theme: accountUser.theme,
  currency: accountUser.currency,
  timeZone: accountUser.timeZone,
  policyVersion: accountUser.policyVersion,
  createdAt: accountUser.createdAt,
} as const;

export async function findPerson(db: Database, id: string): Promise<Person | null> {
  const [row] = await db.select(COLUMNS).from(accountUser).where(eq(accountUser.id, id));
  return row ?? null;
}

/** What a person may change of themselves. */
export type PersonChanges = {
  readonly [Name in "name" | "locale" | "theme" | "currency" | "timeZone"]?: Person[Name] | undefined;
};

export async function updatePerson(db: Database, id: string, changes: PersonChanges): Promise<Person | null> {
  const [row] = await db
    .update(accountUser)
    .set({ ...changes, updatedAt: sql`now()` })
    .where(eq(accountUser.id, id))
    .returning(COLUMNS);
  return row ?? null;
}
