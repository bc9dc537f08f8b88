import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** A person with an account. What better-auth knows as `user`, and what the policy asks for beside it. */
export const accountUser = pgTable(
  "account_user",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    /** Lower case. */
    email: text("email").notNull().unique(),
    emailVerified: boolean("email_verified").notNull().default(false),
    /** `closing`: signed in to nothing, kept for the days in which it can be taken back. */
    status: text("status", { enum: ["active", "suspended", "closing"] })
      .notNull()
      .default("active"),
    closesAt: instant("closes_at"),
    /** When the person said that they are of age. There is no birth date. */
    attestedAdultAt: instant("attested_adult_at").notNull(),
    policyVersion: text("policy_version").notNull(),
    policyAcceptedAt: instant("policy_accepted_at").notNull(),
    locale: text("locale").notNull().default("en"),
    theme: text("theme", { enum: ["system", "light", "dark"] })
      .notNull()
      .default("system"),
    currency: text("currency").notNull().default("USD"),
    timeZone: text("time_zone").notNull().default("UTC"),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  () => [
    check("account_user_id_form", sql`id ~ '^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("account_user_name_length", sql`char_length(name) between 1 and 200`),
    check("account_user_email_form", sql`email = lower(email) and char_length(email) between 3 and 254`),
    check("account_user_status_known", sql`status in ('active', 'suspended', 'closing')`),
    check("account_user_closing_has_end", sql`(status = 'closing') = (closes_at is not null)`),
    check("account_user_policy_version_length", sql`char_length(policy_version) between 1 and 32`),
    check("account_user_locale_form", sql`locale ~ '^[a-z]{2}(-[A-Z]{2})?$'`),
    check("account_user_theme_known", sql`theme in ('system', 'light', 'dark')`),
    check("account_user_currency_form", sql`currency ~ '^[A-Z]{3}$'`),
    check("account_user_time_zone_form", sql`time_zone ~ '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$'`),
  ],
);

/** A signed-in browser or device. The token is stored hashed: who reads this table cannot act with it. */
export const userSession = pgTable(
  "user_session",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => accountUser.id, { onDelete: "cascade" }),
    /** SHA-256 of the token, base64url. */
    token: text("token").notNull().unique(),
    /** The end of its idleness; it moves with use, up to a day of its own. */
    expiresAt: instant("expires_at").notNull(),
    /** When the person last proved who they are in it: what is dangerous wants that to be recent. */
    provedAt: instant("proved_at").notNull(),
    /** When it also passed a second factor; null where the person has none, or has not passed it yet. */
    factorAt: instant("factor_at"),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [
    index("user_session_user").on(table.userId),
    index("user_session_expires").on(table.expiresAt),
    check("user_session_id_form", sql`id ~ '^ses_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("user_session_token_form", sql`token ~ '^[0-9A-Za-z_-]{43}$'`),
    check("user_session_user_agent_length", sql`char_length(user_agent) <= 512`),
  ],
);

/** One way to sign in: a password (provider `credential`) or an account elsewhere. No token of theirs is kept. */
export const userLogin = pgTable(
  "user_login",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => accountUser.id, { onDelete: "cascade" }),
    providerId: text("provider_id").notNull(),
    /** The person's id at that provider; our own id for a password. */
    accountId: text("account_id").notNull(),
    /** scrypt, then an HMAC under the pepper of its version: `s1:<version>:<salt>:<hash>`. */
    password: text("password"),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [
    unique("user_login_account").on(table.providerId, table.accountId),
    index("user_login_user").on(table.userId),
    check("user_login_id_form", sql`id ~ '^lgn_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("user_login_provider_form", sql`provider_id ~ '^[a-z0-9-]{1,32}$'`),
    check("user_login_password_form", sql`password ~ '^s1:[0-9A-Za-z]:[0-9A-Za-z_-]{22}:[0-9A-Za-z_-]{43}$'`),
    check("user_login_password_of_credential", sql`(provider_id = 'credential') = (password is not null)`),
  ],
);

/** A link that was mailed, or a step of a sign-in elsewhere. Identifiers are stored hashed. */
export const userVerification = pgTable(
  "user_verification",
  {
    id: text("id").primaryKey(),
    identifier: text("identifier").notNull(),
    value: text("value").notNull(),
    expiresAt: instant("expires_at").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [
    index("user_verification_identifier").on(table.identifier),
    index("user_verification_expires").on(table.expiresAt),
    check("user_verification_id_form", sql`id ~ '^ver_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
  ],
);

/** An authenticator app of a person. The secret is sealed with a key that only the console has. */
export const userFactor = pgTable(
  "user_factor",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .unique()
      .references(() => accountUser.id, { onDelete: "cascade" }),
    sealedSecret: text("sealed_secret").notNull(),
    /** Null until a first code was given: until then it guards nothing. */
    confirmedAt: instant("confirmed_at"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  () => [check("user_factor_id_form", sql`id ~ '^fac_[0-7][0-9a-hjkmnp-tv-z]{25}$'`)],
);

/** Time steps whose code was used: a code works once (S8). */
export const userFactorUse = pgTable(
  "user_factor_use",
  {
    factorId: text("factor_id")
      .notNull()
      .references(() => userFactor.id, { onDelete: "cascade" }),
    /** Unix time divided by 30 s. */
    step: bigint("step", { mode: "number" }).notNull(),
    usedAt: instant("used_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.factorId, table.step] }), index("user_factor_use_used").on(table.usedAt)],
);

/** A recovery code, hashed; each works once. */
export const userRecoveryCode = pgTable(
  "user_recovery_code",
  {
    userId: text("user_id")
      .notNull()
      .references(() => accountUser.id, { onDelete: "cascade" }),
    /** HMAC-SHA256 under the console's pepper, base64url. */
    codeHash: text("code_hash").notNull(),
    usedAt: instant("used_at"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.codeHash] }),
    check("user_recovery_code_form", sql`code_hash ~ '^[0-9A-Za-z_-]{43}$'`),
  ],
);

/** A passkey: a public key, so nothing here signs anybody in. */
export const userPasskey = pgTable(
  "user_passkey",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => accountUser.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    /** Base64url, as the authenticator gave it. */
    credentialId: text("credential_id").notNull().unique(),
    publicKey: text("public_key").notNull(),
    signCount: bigint("sign_count", { mode: "number" }).notNull(),
    transports: text("transports").array(),
    backedUp: boolean("backed_up").notNull(),
    lastUsedAt: instant("last_used_at"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    index("user_passkey_user").on(table.userId),
    check("user_passkey_id_form", sql`id ~ '^psk_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("user_passkey_name_length", sql`char_length(name) between 1 and 100`),
  ],
);

/** What happened to somebody's account: sign-ins, failures, factors that changed. Rows never change. */
export const securityEvent = pgTable(
  "security_event",
  {
    id: text("id").primaryKey(),
    userId: text("user_id").references(() => accountUser.id, { onDelete: "cascade" }),
    kind: text("kind").notNull(),
    occurredAt: instant("occurred_at").notNull().defaultNow(),
    sessionId: text("session_id"),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    /** Two letters, as Cloudflare tells it of the address: coarse on purpose. */
    country: text("country"),
  },
  (table) => [
    index("security_event_user").on(table.userId, table.occurredAt),
    // Told once a day: of who learns of it at once, one makes the row and sends the mail.
    uniqueIndex("security_event_told_once")
      .on(table.userId, sql`((occurred_at at time zone 'UTC')::date)`)
      .where(sql`kind = 'guesses_stopped'`),
    check("security_event_id_form", sql`id ~ '^sec_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("security_event_kind_form", sql`kind ~ '^[a-z]+(_[a-z]+)*$' and char_length(kind) <= 64`),
    check("security_event_country_form", sql`country ~ '^[A-Z0-9]{2}$'`),
    check("security_event_user_agent_length", sql`char_length(user_agent) <= 512`),
  ],
);

/** Who operates the platform, beside being an account user. */
export const operator = pgTable(
  "operator",
  {
    userId: text("user_id")
      .primaryKey()
      .references(() => accountUser.id),
    role: text("role", { enum: ["support", "finance", "admin"] }).notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    /** Who made them one; null for the first. */
    grantedBy: text("granted_by"),
    revokedAt: instant("revoked_at"),
    version: integer("version").notNull().default(1),
  },
  () => [check("operator_role_known", sql`role in ('support', 'finance', 'admin')`)],
);
