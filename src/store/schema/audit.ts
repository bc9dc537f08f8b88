import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
} from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

export const AUDIT_ACTORS = ["user", "operator", "management_key", "system"] as const;

/** One thing that somebody changed. Rows never change, and hold nothing personal but opaque ids. */
export const auditEntry = pgTable(
  "audit_entry",
  {
    seq: bigserial("seq", { mode: "bigint" }).primaryKey(),
    id: text("id").notNull().unique(),
    /** Null: about a person or the platform, not about an organization. */
    orgId: text("org_id"),
    occurredAt: instant("occurred_at").notNull().defaultNow(),
    actorKind: text("actor_kind", { enum: AUDIT_ACTORS }).notNull(),
    actorId: text("actor_id"),
    /** `key.created`, `member.removed`: what, then what was done to it. */
    action: text("action").notNull(),
    targetId: text("target_id"),
    /** Names of settings and their values: no name of a person, no address, no secret. */
    details: jsonb("details")
      .notNull()
      .default(sql`'{}'`),
    requestId: text("request_id"),
  },
  (table) => [
    index("audit_entry_org").on(table.orgId, table.seq),
    index("audit_entry_operator")
      .on(table.id)
      .where(sql`actor_kind = 'operator' or action in ('operator.created', 'operator.updated', 'operator.revoked')`),
    check("audit_entry_id_form", sql`id ~ '^aud_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("audit_entry_actor_known", sql`actor_kind in ('user', 'operator', 'management_key', 'system')`),
    check("audit_entry_actor_named", sql`(actor_kind = 'system') or (actor_id is not null)`),
    check(
      "audit_entry_action_form",
      sql`action ~ '^[a-z]+(_[a-z]+)*([.][a-z]+(_[a-z]+)*)+$' and char_length(action) <= 64`,
    ),
    check("audit_entry_details_object", sql`jsonb_typeof(details) = 'object' and length(details::text) <= 4096`),
  ],
);

/** From where it was done: personal, so it stands beside the chain and can be erased while the chain still verifies. */
export const auditOrigin = pgTable("audit_origin", {
  entryId: text("entry_id")
    .primaryKey()
    .references(() => auditEntry.id),
  ipAddress: text("ip_address"),
  userAgent: text("user_agent"),
});

/** The link of one entry in its organization's chain: HMAC over the link before it and the entry. Rows never change. */
export const auditSeal = pgTable(
  "audit_seal",
  {
    /** The organization, or `platform`. */
    chain: text("chain").notNull(),
    position: bigint("position", { mode: "number" }).notNull(),
    entryId: text("entry_id")
      .notNull()
      .references(() => auditEntry.id),
    /** HMAC-SHA256, base64url. */
    mac: text("mac").notNull(),
    keyVersion: integer("key_version").notNull(),
    sealedAt: instant("sealed_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.chain, table.position] }),
    unique("audit_seal_once").on(table.entryId),
    check("audit_seal_mac_form", sql`mac ~ '^[0-9A-Za-z_-]{43}$'`),
    check("audit_seal_position_positive", sql`position > 0`),
  ],
);
