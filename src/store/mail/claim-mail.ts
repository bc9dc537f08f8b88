import { and, asc, eq, inArray, lt, notExists, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { mailMessage, mailSuppression } from "../schema/index.ts";

export interface ClaimedMail {
  readonly id: string;
  readonly toAddress: string;
  readonly template: string;
  readonly locale: string;
  readonly sealedParams: string;
  /** With this one. Who marks a failure names it, so that a sender that was slow does not undo another's claim. */
  readonly tries: number;
}

export interface ClaimBounds {
  readonly limit: number;
  /** How long nobody else takes them. */
  readonly leaseMs: number;
  readonly triesMax: number;
}

/**
 * Takes messages that are due, the longest waiting first, and counts the try before it is made: one that kills its sender
 * comes to an end too. Two senders at once never get the same message, since each skips the rows that the other has locked
 * and the lease keeps them away afterwards.
 */
export async function claimDueMail(db: Database, { limit, leaseMs, triesMax }: ClaimBounds): Promise<ClaimedMail[]> {
  const free = db
    .select({ id: mailMessage.id })
    .from(mailMessage)
    .where(
      and(
        eq(mailMessage.status, "queued"),
        sql`${mailMessage.nextTryAt} <= now()`,
        sql`${mailMessage.expiresAt} > now()`,
        lt(mailMessage.tries, triesMax),
        notExists(suppressionOf(db)),
      ),
    )
    .orderBy(asc(mailMessage.nextTryAt))
    .limit(limit)
    .for("update", { skipLocked: true });
  return db
    .update(mailMessage)
    .set({
      tries: sql`${mailMessage.tries} + 1`,
      nextTryAt: sql`now() + ${leaseMs} * interval '1 millisecond'`,
    })
    .where(inArray(mailMessage.id, free))
    .returning({
      id: mailMessage.id,
      toAddress: mailMessage.toAddress,
      template: mailMessage.template,
      locale: mailMessage.locale,
      // A queued message has its values: the table's own check says so.
      sealedParams: sql<string>`${mailMessage.sealedParams}`,
      tries: mailMessage.tries,
    });
}

/** The entry of the suppression list that keeps the outer query's message from being sent. */
export function suppressionOf(db: Pick<Database, "select">) {
  return db
    .select({ address: mailSuppression.address })
    .from(mailSuppression)
    .where(sql`${mailSuppression.address} = lower(${mailMessage.toAddress})`);
}
