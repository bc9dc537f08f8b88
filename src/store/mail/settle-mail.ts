import { and, eq, exists, gte, lte, or, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { mailMessage } from "../schema/index.ts";
import { suppressionOf } from "./claim-mail.ts";

/** Whatever becomes of a message, what it said is gone then. */
const GONE = { sealedParams: null } as const;
const queued = (id: string) => and(eq(mailMessage.id, id), eq(mailMessage.status, "queued"));
/** Nobody sends it at this moment. */
const unclaimed = and(eq(mailMessage.status, "queued"), sql`${mailMessage.nextTryAt} <= now()`);

/** It went out: that holds whoever else has claimed it since. */
export async function markMailSent(db: Database, id: string): Promise<void> {
  await db
    .update(mailMessage)
    .set({ ...GONE, status: "sent", sentAt: sql`now()`, lastErrorCode: null })
    .where(queued(id));
}

/** It cannot be sent, or its address takes no mail. `code` is one of ours, never a provider's text. */
export async function markMailEnded(
  db: Database,
  id: string,
  status: "failed" | "suppressed",
  code: string,
): Promise<void> {
  await db
    .update(mailMessage)
    .set({ ...GONE, status, lastErrorCode: code })
    .where(queued(id));
}

/** It is tried again. Changes nothing where another sender has claimed it since. */
export async function postponeMail(
  db: Database,
  mail: { readonly id: string; readonly tries: number; readonly code: string; readonly waitMs: number },
): Promise<void> {
  await db
    .update(mailMessage)
    .set({ lastErrorCode: mail.code, nextTryAt: sql`now() + ${mail.waitMs} * interval '1 millisecond'` })
    .where(and(queued(mail.id), eq(mailMessage.tries, mail.tries)));
}

/** Ends what waits in vain: messages to addresses that take no mail, and those whose time or tries are over. */
export async function endHopelessMail(
  db: Database,
  triesMax: number,
): Promise<{ readonly suppressed: number; readonly failed: number }> {
  const suppressed = await db
    .update(mailMessage)
    .set({ ...GONE, status: "suppressed" })
    .where(and(unclaimed, exists(suppressionOf(db))))
    .returning({ id: mailMessage.id });
  const failed = await db
    .update(mailMessage)
    .set({ ...GONE, status: "failed", lastErrorCode: sql`coalesce(${mailMessage.lastErrorCode}, 'expired')` })
    .where(and(unclaimed, or(lte(mailMessage.expiresAt, sql`now()`), gte(mailMessage.tries, triesMax))))
    .returning({ id: mailMessage.id });
  return { suppressed: suppressed.length, failed: failed.length };
}
