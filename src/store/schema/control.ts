import { sql } from "drizzle-orm";
import { GUARDRAIL_ACTIONS } from "#kernel";
import {
  bigint,
  bigserial,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
} from "drizzle-orm/pg-core";
import { allowColumns, instant, nano, policyChecks, policyColumns } from "./columns.ts";

/** An organization: the owner of keys, wallet and usage. `locator` and `region` never change: keys carry both. */
export const organization = pgTable(
  "organization",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    locator: text("locator").notNull().unique(),
    region: text("region", { enum: ["g", "e"] }).notNull(),
    status: text("status", { enum: ["active", "suspended"] })
      .notNull()
      .default("active"),
    /** Why an operator suspended it, or let it go on. */
    statusReason: text("status_reason"),
    ...policyColumns(),
    ...allowColumns(),
    /** Every call asks the Account object: no leases. */
    strict: boolean("strict").notNull().default(false),
    /** In which budgets' periods turn over: an IANA name. */
    timeZone: text("time_zone").notNull().default("UTC"),
    /** Members act in it only with a second factor. */
    requireFactor: boolean("require_factor").notNull().default(false),
    /** While its owner, alone in it, closes their account: when that is final. Nobody joins it meanwhile. */
    closesAt: instant("closes_at"),
    /** Raised by a trigger with every change; the Account object applies only a newer one. */
    version: integer("version").notNull().default(1),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  () => [
    check("organization_id_form", sql`id ~ '^org_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("organization_name_length", sql`char_length(name) between 1 and 200`),
    check("organization_locator_form", sql`locator ~ '^[0-9A-Za-z]{17}$'`),
    check("organization_region_known", sql`region in ('g', 'e')`),
    check("organization_status_known", sql`status in ('active', 'suspended')`),
    check("organization_status_reason_length", sql`char_length(status_reason) between 1 and 500`),
    ...policyChecks("organization"),
    check("organization_allow_lists_short", sql`cardinality(models) <= 64 and cardinality(ip_allow) <= 64`),
    check("organization_time_zone_form", sql`time_zone ~ '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$'`),
  ],
);

/** An API key as the control plane knows it: never the key, only its keyed hash and what is shown of it. */
export const apiKey = pgTable(
  "api_key",
  {
    id: text("id").primaryKey(),
    orgId: text("org_id")
      .notNull()
      .references(() => organization.id),
    name: text("name").notNull(),
    prefix: text("prefix").notNull(),
    lastFour: text("last_four").notNull(),
    keyHash: text("key_hash").notNull().unique(),
    pepperVersion: text("pepper_version").notNull(),
    mode: text("mode", { enum: ["live", "test"] }).notNull(),
    status: text("status", { enum: ["active", "disabled", "revoked"] })
      .notNull()
      .default("active"),
    scopes: text("scopes").array().notNull(),
    ...allowColumns(),
    expiresAt: instant("expires_at"),
    requestsPerMinute: integer("requests_per_minute"),
    tokensPerMinute: integer("tokens_per_minute"),
    concurrency: integer("concurrency"),
    budgetLimitNano: nano("budget_limit_nano"),
    budgetPeriod: text("budget_period", { enum: ["day", "week", "month", "total"] }),
    ...policyColumns(),
    guardSecrets: text("guard_secrets", { enum: GUARDRAIL_ACTIONS }).notNull().default("off"),
    guardCards: text("guard_cards", { enum: GUARDRAIL_ACTIONS }).notNull().default("off"),
    /** As of an organization, for this key. */
    strict: boolean("strict").notNull().default(false),
    /** Whose key it is, and what it is tagged with: their budgets count its calls. */
    memberId: text("member_id"),
    tags: text("tags")
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** Whose successor it is, where it was made by rotation. */
    rotatedFrom: text("rotated_from"),
    version: integer("version").notNull().default(1),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [
    index("api_key_org_id").on(table.orgId),
    check("api_key_id_form", sql`id ~ '^key_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("api_key_name_length", sql`char_length(name) between 1 and 200`),
    check("api_key_last_four_length", sql`char_length(last_four) = 4`),
    check("api_key_prefix_length", sql`char_length(prefix) <= 24`),
    check("api_key_hash_form", sql`key_hash ~ '^[0-9a-f]{64}$'`),
    check("api_key_pepper_version_form", sql`pepper_version ~ '^[0-9A-Za-z]$'`),
    check("api_key_mode_known", sql`mode in ('live', 'test')`),
    check("api_key_status_known", sql`status in ('active', 'disabled', 'revoked')`),
    check(
      "api_key_scopes_known",
      sql`cardinality(scopes) > 0 and scopes <@ array['inference', 'models:read', 'account:read']`,
    ),
    check("api_key_limits_positive", sql`requests_per_minute > 0 and tokens_per_minute > 0 and concurrency > 0`),
    check("api_key_budget_whole", sql`(budget_limit_nano is null) = (budget_period is null)`),
    check("api_key_budget_not_negative", sql`budget_limit_nano >= 0`),
    check("api_key_budget_period_known", sql`budget_period in ('day', 'week', 'month', 'total')`),
    ...policyChecks("api_key"),
    check(
      "api_key_guards_known",
      sql`guard_secrets in ('off', 'warn', 'redact', 'block') and guard_cards in ('off', 'warn', 'redact', 'block')`,
    ),
    check("api_key_member_id_form", sql`member_id ~ '^mem_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("api_key_rotated_from_form", sql`rotated_from ~ '^key_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("api_key_tags_few", sql`cardinality(tags) <= 8`),
    // An array's own text quotes whatever could be mistaken for a separator, and the name null.
    check(
      "api_key_tags_form",
      sql`tags::text ~ '^\\{(("null"|[a-z0-9][a-z0-9_.:-]{0,63})(,("null"|[a-z0-9][a-z0-9_.:-]{0,63}))*)?\\}$'`,
    ),
  ],
);

/**
 * An organization's own key at a provider, sealed to the gateway (src/keys/sealed-box.ts): nobody reads it here. A removed
 * one keeps its row, without what was sealed, so that its version goes on.
 */
export const providerKey = pgTable(
  "provider_key",
  {
    orgId: text("org_id")
      .notNull()
      .references(() => organization.id),
    provider: text("provider").notNull(),
    mode: text("mode", { enum: ["first", "only"] }).notNull(),
    /** Base64; null once it was removed. */
    sealed: text("sealed"),
    /** What of the box may be known to who must not read it. */
    isSet: boolean("is_set")
      .notNull()
      .generatedAlwaysAs(sql`sealed is not null`),
    /** The id of the gateway's key that opens it. */
    keyVersion: text("key_version").notNull(),
    version: integer("version").notNull().default(1),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.orgId, table.provider] }),
    check("provider_key_provider_form", sql`provider ~ '^[a-z0-9][a-z0-9-]{0,63}$'`),
    check("provider_key_mode_known", sql`mode in ('first', 'only')`),
    check("provider_key_sealed_form", sql`sealed ~ '^[0-9A-Za-z+/]+=*$' and char_length(sealed) <= 4096`),
    check("provider_key_key_version_form", sql`key_version ~ '^[0-9A-Za-z_-]{1,32}$'`),
  ],
);

const CONTROL_EVENTS = ["organization", "key", "credit", "provider_key", "budget", "adjustment"] as const;

/**
 * What Account objects must be told, written in the transaction that changed it (by trigger or posting function) and
 * read by the console's projector. Payloads are `AccountEvent` as JSON, amounts as integer text.
 */
export const controlOutbox = pgTable(
  "control_outbox",
  {
    seq: bigserial("seq", { mode: "bigint" }).primaryKey(),
    orgId: text("org_id")
      .notNull()
      .references(() => organization.id),
    type: text("type", { enum: CONTROL_EVENTS }).notNull(),
    payload: jsonb("payload").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    appliedAt: instant("applied_at"),
    tries: smallint("tries").notNull().default(0),
    nextTryAt: instant("next_try_at").notNull().defaultNow(),
    lastErrorCode: text("last_error_code"),
  },
  (table) => [
    index("control_outbox_pending")
      .on(table.orgId, table.seq)
      .where(sql`applied_at is null`),
    // A newer version of a sealed key takes the older one's event away.
    index("control_outbox_provider_key")
      .on(table.orgId)
      .where(sql`type = 'provider_key'`),
    // A newer version of a scope's budget takes the older one's event away.
    index("control_outbox_budget")
      .on(table.orgId, sql`(payload ->> 'scope')`)
      .where(sql`type = 'budget' and applied_at is null`),
    check(
      "control_outbox_type_known",
      sql`type in ('organization', 'key', 'credit', 'provider_key', 'budget', 'adjustment')`,
    ),
  ],
);

/** Operators' price changes. Each row is a whole set; the highest version replaces all before it. Rows never change. */
export const priceOverride = pgTable(
  "price_override",
  {
    version: bigint("version", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    /** `[{ endpoint, dated: { from, prices, source } }]`, prices as integer text (`pico`, `per`). */
    entries: jsonb("entries").notNull(),
    /** Why, in an operator's words; null in sets of before it was asked. */
    reason: text("reason"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  () => [
    check("price_override_entries_list", sql`jsonb_typeof(entries) = 'array'`),
    check("price_override_reason_length", sql`char_length(reason) between 1 and 500`),
  ],
);
