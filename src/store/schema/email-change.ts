import { sql } from "drizzle-orm";
import { check, index, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";
import { accountUser } from "./identity.ts";

/**
 * A change of a person's address: made by the link that the new address got, stopped by the one that the old got, and taken
 * back by that for some days. Both links' tokens are stored hashed.
 */
export const emailChange = pgTable(
  "email_change",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => accountUser.id, { onDelete: "cascade" }),
    /** Lower case, as they were and will be in `account_user`. */
    oldEmail: text("old_email").notNull(),
    newEmail: text("new_email").notNull(),
    /** SHA-256, base64url. */
    confirmHash: text("confirm_hash").notNull().unique(),
    stopHash: text("stop_hash").notNull().unique(),
    status: text("status", { enum: ["pending", "confirmed", "stopped", "reversed", "replaced"] })
      .notNull()
      .default("pending"),
    expiresAt: instant("expires_at").notNull(),
    /** Until when the old address takes it back; null until it was made. */
    reversibleUntil: instant("reversible_until"),
    createdAt: instant("created_at").notNull().defaultNow(),
    answeredAt: instant("answered_at"),
  },
  (table) => [
    uniqueIndex("email_change_pending_once")
      .on(table.userId)
      .where(sql`status = 'pending'`),
    index("email_change_user").on(table.userId),
    index("email_change_expires").on(table.expiresAt),
    check("email_change_id_form", sql`id ~ '^emc_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check(
      "email_change_old_email_form",
      sql`old_email = lower(old_email) and char_length(old_email) between 3 and 254`,
    ),
    check(
      "email_change_new_email_form",
      sql`new_email = lower(new_email) and char_length(new_email) between 3 and 254`,
    ),
    check("email_change_differs", sql`old_email <> new_email`),
    check("email_change_confirm_hash_form", sql`confirm_hash ~ '^[0-9A-Za-z_-]{43}$'`),
    check("email_change_stop_hash_form", sql`stop_hash ~ '^[0-9A-Za-z_-]{43}$'`),
    check("email_change_status_known", sql`status in ('pending', 'confirmed', 'stopped', 'reversed', 'replaced')`),
    check(
      "email_change_reversible_once_made",
      sql`(status in ('confirmed', 'reversed')) = (reversible_until is not null)`,
    ),
  ],
);
