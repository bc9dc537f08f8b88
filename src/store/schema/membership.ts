import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";
import { organization } from "./control.ts";
import { accountUser } from "./identity.ts";

const ROLES = ["owner", "admin", "developer", "billing", "viewer"] as const;
const roleKnown = (table: string) =>
  check(`${table}_role_known`, sql`role in ('owner', 'admin', 'developer', 'billing', 'viewer')`);

/** A person in an organization. Who left keeps the row: keys, budgets and the audit log name it. */
export const member = pgTable(
  "member",
  {
    id: text("id").primaryKey(),
    orgId: text("org_id")
      .notNull()
      .references(() => organization.id),
    /** Null once the person's account is gone. */
    userId: text("user_id").references(() => accountUser.id, { onDelete: "set null" }),
    role: text("role", { enum: ROLES }).notNull(),
    version: integer("version").notNull().default(1),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
    leftAt: instant("left_at"),
  },
  (table) => [
    uniqueIndex("member_once")
      .on(table.orgId, table.userId)
      .where(sql`left_at is null`),
    uniqueIndex("member_one_owner")
      .on(table.orgId)
      .where(sql`role = 'owner' and left_at is null`),
    index("member_user")
      .on(table.userId)
      .where(sql`left_at is null`),
    check("member_id_form", sql`id ~ '^mem_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    roleKnown("member"),
  ],
);

/** An invitation to one address. The link's token is stored hashed, and only that address may accept (S15). */
export const invitation = pgTable(
  "invitation",
  {
    id: text("id").primaryKey(),
    orgId: text("org_id")
      .notNull()
      .references(() => organization.id),
    /** Lower case. */
    email: text("email").notNull(),
    role: text("role", { enum: ROLES }).notNull(),
    /** SHA-256, base64url. */
    tokenHash: text("token_hash").notNull().unique(),
    invitedBy: text("invited_by")
      .notNull()
      .references(() => member.id),
    status: text("status", { enum: ["pending", "accepted", "declined", "revoked"] })
      .notNull()
      .default("pending"),
    expiresAt: instant("expires_at").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    answeredAt: instant("answered_at"),
  },
  (table) => [
    uniqueIndex("invitation_pending_once")
      .on(table.orgId, table.email)
      .where(sql`status = 'pending'`),
    index("invitation_email").on(table.email),
    check("invitation_id_form", sql`id ~ '^inv_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("invitation_email_form", sql`email = lower(email) and char_length(email) between 3 and 254`),
    roleKnown("invitation"),
    // An organization has one owner, who hands it over and invites nobody to it.
    check("invitation_never_owner", sql`role <> 'owner'`),
    check("invitation_token_hash_form", sql`token_hash ~ '^[0-9A-Za-z_-]{43}$'`),
    check("invitation_status_known", sql`status in ('pending', 'accepted', 'declined', 'revoked')`),
  ],
);
