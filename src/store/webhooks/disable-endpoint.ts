import { sql } from "drizzle-orm";
import { z } from "zod";
import type { MailDraft } from "#notify";
import type { Database } from "../control-outbox.ts";

/** Those who are told when an endpoint was disabled: who can mend it. */
const RECIPIENTS_MAX = 20;

const recipientRows = z.object({
  rows: z.array(z.object({ name: z.string(), email: z.string(), locale: z.string() })),
});
export type WebhookRecipient = z.output<typeof recipientRows>["rows"][number];

export async function listWebhookRecipients(db: Database, orgId: string): Promise<WebhookRecipient[]> {
  const found = await db.execute(sql`
    select u.name, u.email, u.locale from member m join account_user u on u.id = m.user_id
    where m.org_id = ${orgId} and m.left_at is null and m.role in ('owner', 'admin')
      and u.email_verified and u.status = 'active'
    order by m.id limit ${RECIPIENTS_MAX}`);
  return recipientRows.parse(found).rows;
}

const disabledRows = z.object({ rows: z.array(z.object({ id: z.string() })) });

/**
 * Disables an endpoint and queues the mails about it, in one statement: they go out once, whoever disables it at the same
 * time. False where it was not enabled any more, or leads elsewhere than to the `url` that was tried; then nobody is mailed.
 */
export async function autoDisableEndpoint(
  db: Database,
  { endpointId, url }: { readonly endpointId: string; readonly url: string },
  reason: "gone" | "failing",
  drafts: readonly MailDraft[],
): Promise<boolean> {
  const result = await db.execute(sql`
    with disabled as (
      update webhook_endpoint set status = 'auto_disabled', disabled_reason = ${reason}
      where id = ${endpointId} and url = ${url} and status = 'enabled' returning id),
    told as (
      insert into mail_message (id, to_address, template, locale, sealed_params, expires_at)
      select d.id, d."toAddress", d.template, d.locale, d."sealedParams", d."expiresAt"
      from disabled, jsonb_to_recordset(${JSON.stringify(drafts)}::jsonb)
        as d(id text, "toAddress" text, template text, locale text, "sealedParams" text, "expiresAt" timestamptz))
    select id from disabled`);
  return disabledRows.parse(result).rows.length > 0;
}
