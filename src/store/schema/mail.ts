import { sql } from "drizzle-orm";
import { check, index, pgTable, smallint, text } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** A message on its way. What it says is sealed until it is sent (links sign people in), and gone afterwards. */
export const mailMessage = pgTable(
  "mail_message",
  {
    id: text("id").primaryKey(),
    toAddress: text("to_address").notNull(),
    template: text("template").notNull(),
    locale: text("locale").notNull(),
    /** What the template is filled with, sealed with a key that only the console has; null once it was sent or given up. */
    sealedParams: text("sealed_params"),
    status: text("status", { enum: ["queued", "sent", "failed", "suppressed"] })
      .notNull()
      .default("queued"),
    tries: smallint("tries").notNull().default(0),
    nextTryAt: instant("next_try_at").notNull().defaultNow(),
    /** After this it helps nobody any more: a link that has expired. */
    expiresAt: instant("expires_at").notNull(),
    lastErrorCode: text("last_error_code"),
    createdAt: instant("created_at").notNull().defaultNow(),
    sentAt: instant("sent_at"),
  },
  (table) => [
    index("mail_message_due")
      .on(table.nextTryAt)
      .where(sql`status = 'queued'`),
    index("mail_message_address").on(table.toAddress, table.createdAt),
    check("mail_message_id_form", sql`id ~ '^mai_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("mail_message_address_length", sql`char_length(to_address) between 3 and 254`),
    check("mail_message_template_form", sql`template ~ '^[a-z]+(_[a-z]+)*$' and char_length(template) <= 64`),
    check("mail_message_locale_form", sql`locale ~ '^[a-z]{2}(-[A-Z]{2})?$'`),
    check("mail_message_sealed_length", sql`char_length(sealed_params) <= 16384`),
    check("mail_message_status_known", sql`status in ('queued', 'sent', 'failed', 'suppressed')`),
    check("mail_message_sealed_while_queued", sql`(status = 'queued') = (sealed_params is not null)`),
    check("mail_message_tries_few", sql`tries between 0 and 20`),
  ],
);

/** An address that nothing is sent to any more: it bounced, or its owner complained. */
export const mailSuppression = pgTable(
  "mail_suppression",
  {
    /** Lower case. */
    address: text("address").primaryKey(),
    reason: text("reason", { enum: ["bounced", "complained", "manual"] }).notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  () => [
    check("mail_suppression_address_form", sql`address = lower(address) and char_length(address) between 3 and 254`),
    check("mail_suppression_reason_known", sql`reason in ('bounced', 'complained', 'manual')`),
  ],
);
