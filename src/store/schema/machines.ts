import { sql } from "drizzle-orm";
import { check, index, pgTable, smallint, text } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";
import { organization } from "./control.ts";
import { member } from "./membership.ts";

/** Lists of what a key may do are short: each name is one of src/identity's. */
const permissionsKnown = (table: string) =>
  check(
    `${table}_permissions_form`,
    sql`cardinality(permissions) between 1 and 32 and array_to_string(permissions, ' ', '') ~ '^[a-z_]+[.][a-z_]+( [a-z_]+[.][a-z_]+)*$'`,
  );

/** A key to the control API, for programs. It acts for who made it: never as more than they are, and no longer. */
export const managementKey = pgTable(
  "management_key",
  {
    id: text("id").primaryKey(),
    orgId: text("org_id")
      .notNull()
      .references(() => organization.id),
    name: text("name").notNull(),
    /** What is shown of it, beside the last four characters. */
    prefix: text("prefix").notNull(),
    lastFour: text("last_four").notNull(),
    /** HMAC-SHA256 under the pepper of its version, hex. */
    keyHash: text("key_hash").notNull().unique(),
    pepperVersion: text("pepper_version").notNull(),
    permissions: text("permissions").array().notNull(),
    createdBy: text("created_by")
      .notNull()
      .references(() => member.id),
    createdAt: instant("created_at").notNull().defaultNow(),
    expiresAt: instant("expires_at"),
    revokedAt: instant("revoked_at"),
    /** To the hour: enough to see which are still in use. */
    lastUsedAt: instant("last_used_at"),
  },
  (table) => [
    index("management_key_org").on(table.orgId, table.id),
    index("management_key_maker")
      .on(table.createdBy)
      .where(sql`revoked_at is null`),
    check("management_key_id_form", sql`id ~ '^mgm_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("management_key_name_length", sql`char_length(name) between 1 and 200`),
    check("management_key_prefix_form", sql`prefix ~ '^prism_mgmt_[0-9A-Za-z]{6}$'`),
    check("management_key_last_four_form", sql`last_four ~ '^[0-9A-Za-z]{4}$'`),
    check("management_key_hash_form", sql`key_hash ~ '^[0-9a-f]{64}$'`),
    check("management_key_pepper_form", sql`pepper_version ~ '^[0-9A-Za-z]$'`),
    permissionsKnown("management_key"),
  ],
);

/** A program that waits for somebody to let it in (RFC 8628). Both of its codes are stored hashed. */
export const deviceLogin = pgTable(
  "device_login",
  {
    id: text("id").primaryKey(),
    /** HMAC-SHA256 under the newest pepper, hex, each for its own purpose. */
    deviceCodeHash: text("device_code_hash").notNull().unique(),
    userCodeHash: text("user_code_hash").notNull().unique(),
    /** What the program says that it is: shown to who lets it in, and the name of its key. */
    clientName: text("client_name").notNull(),
    /** What it asks for; once somebody let it in, what it gets. */
    permissions: text("permissions").array().notNull(),
    /** From where it asks: who lets it in compares it with where they are. */
    ipAddress: text("ip_address"),
    status: text("status", { enum: ["pending", "approved", "denied", "used"] })
      .notNull()
      .default("pending"),
    orgId: text("org_id").references(() => organization.id),
    /** Who let it in. */
    memberId: text("member_id").references(() => member.id),
    intervalSeconds: smallint("interval_seconds").notNull(),
    polledAt: instant("polled_at"),
    expiresAt: instant("expires_at").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    answeredAt: instant("answered_at"),
  },
  (table) => [
    index("device_login_expires").on(table.expiresAt),
    check("device_login_id_form", sql`id ~ '^dvl_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("device_login_device_code_form", sql`device_code_hash ~ '^[0-9a-f]{64}$'`),
    check("device_login_user_code_form", sql`user_code_hash ~ '^[0-9a-f]{64}$'`),
    check("device_login_client_name_length", sql`char_length(client_name) between 1 and 200`),
    check("device_login_status_known", sql`status in ('pending', 'approved', 'denied', 'used')`),
    check("device_login_interval_short", sql`interval_seconds between 1 and 300`),
    check(
      "device_login_let_in_by_somebody",
      sql`(status in ('approved', 'used')) = (org_id is not null and member_id is not null)`,
    ),
    permissionsKnown("device_login"),
  ],
);
