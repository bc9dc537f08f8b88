import type { MailDraft } from "#notify";
import type { Database } from "../control-outbox.ts";
import { mailMessage } from "../schema/index.ts";

/**
 * The statement that puts messages in the queue, not run yet: a verb puts it in one batch with its own write, so that
 * nobody is told of what did not happen, and nothing happens that nobody is told of.
 */
export function queueMail(db: Pick<Database, "insert">, drafts: readonly [MailDraft, ...MailDraft[]]) {
  return db.insert(mailMessage).values([...drafts]);
}
