import { and, eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../control-outbox.ts";
import { accountUser, emailChange } from "../schema/index.ts";
import { isUniqueViolation } from "../unique-violation.ts";

export interface NewEmailChange {
  readonly id: string;
  readonly userId: string;
  readonly oldEmail: string;
  readonly newEmail: string;
  readonly confirmHash: string;
  readonly stopHash: string;
  readonly expiresAt: Date;
}

/** Begins a change of address, in place of one that waits. False where another began in the same moment. */
export async function beginEmailChange(db: Database, change: NewEmailChange): Promise<boolean> {
  await db
    .update(emailChange)
    .set({ status: "replaced", answeredAt: sql`now()` })
    .where(and(eq(emailChange.userId, change.userId), eq(emailChange.status, "pending")));
  const made = await db.insert(emailChange).values(change).onConflictDoNothing().returning({ id: emailChange.id });
  return made.length > 0;
}

/** Whose address it is: a name for a mail, and their language. Null where nobody has it. */
export async function findByEmail(
  db: Database,
  email: string,
): Promise<{ readonly id: string; readonly name: string; readonly locale: string } | null> {
  const [row] = await db
    .select({ id: accountUser.id, name: accountUser.name, locale: accountUser.locale })
    .from(accountUser)
    .where(eq(accountUser.email, email))
    .limit(1);
  return row ?? null;
}

export interface MadeEmailChange {
  readonly id: string;
  readonly userId: string;
  readonly oldEmail: string;
  readonly newEmail: string;
}

const changes = z.object({
  rows: z.array(
    z.object({ id: z.string(), user_id: z.string(), old_email: z.string(), new_email: z.string(), status: z.string() }),
  ),
});

/** Makes the change with the token of the new address's link. Null: wrong, another's, used, too old, or the address is taken. */
export async function confirmEmailChange(
  db: Database,
  { confirmHash, userId }: { readonly confirmHash: string; readonly userId: string },
  { now, reversibleUntil }: { readonly now: Date; readonly reversibleUntil: Date },
): Promise<MadeEmailChange | null> {
  const at = now.toISOString();
  const [made] = await unlessTaken(
    db.execute(sql`
    with made as (
      update email_change set status = 'confirmed', answered_at = ${at}::timestamptz,
        reversible_until = ${reversibleUntil.toISOString()}::timestamptz
      where confirm_hash = ${confirmHash} and user_id = ${userId} and status = 'pending'
        and expires_at > ${at}::timestamptz
        and exists (select from account_user u where u.id = user_id and u.email = old_email and u.status = 'active')
      returning id, user_id, old_email, new_email, status)
    update account_user u set email = made.new_email, email_verified = true, updated_at = now()
    from made where u.id = made.user_id returning made.*`),
  );
  return made === undefined ? null : asMade(made);
}

/**
 * Stops a change that waits, or takes back one that was made, with the token of the old address's link. Later changes go with
 * it: who took the account over cannot outrun its owner by a second one. Null: wrong, used, too old, or the address is taken.
 */
export async function stopEmailChange(
  db: Database,
  stopHash: string,
  now: Date,
): Promise<(MadeEmailChange & { readonly status: "stopped" | "reversed" }) | null> {
  const at = now.toISOString();
  const [stopped] = await unlessTaken(
    db.execute(sql`
    with asked as (
      select id, user_id, old_email, created_at from email_change
      where stop_hash = ${stopHash} and ((status = 'pending' and expires_at > ${at}::timestamptz)
        or (status = 'confirmed' and reversible_until > ${at}::timestamptz))
      for update),
    before as (select u.id, u.email from account_user u join asked on asked.user_id = u.id),
    stopped as (
      update email_change c set answered_at = ${at}::timestamptz,
        status = case c.status when 'pending' then 'stopped' else 'reversed' end
      from asked where c.user_id = asked.user_id and (c.id = asked.id
        or (c.created_at >= asked.created_at and c.status in ('pending', 'confirmed')))
      returning c.id, c.status),
    back as (
      update account_user u set email = asked.old_email, email_verified = true, updated_at = now()
      from asked where u.id = asked.user_id and u.email <> asked.old_email
        and exists (select from stopped where stopped.id = asked.id and stopped.status = 'reversed')
      returning u.id)
    select asked.id, asked.user_id, asked.old_email, before.email as new_email, stopped.status
    from asked join stopped on stopped.id = asked.id join before on before.id = asked.user_id`),
  );
  if (stopped === undefined) return null;
  return { ...asMade(stopped), status: stopped.status === "reversed" ? "reversed" : "stopped" };
}

type Row = z.output<typeof changes>["rows"][number];
const asMade = (row: Row): MadeEmailChange => ({
  id: row.id,
  userId: row.user_id,
  oldEmail: row.old_email,
  newEmail: row.new_email,
});

/** No rows where the address became somebody else's in the meantime: the whole statement was undone. */
async function unlessTaken(result: Promise<unknown>): Promise<readonly Row[]> {
  try {
    return changes.parse(await result).rows;
  } catch (error) {
    if (isUniqueViolation(error)) return [];
    throw error;
  }
}
