import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, primaryKey, smallint, text, unique } from "drizzle-orm/pg-core";
import { instant, nano } from "./columns.ts";
import { organization } from "./control.ts";

const PERIODS = ["day", "week", "month", "total"] as const;
const periodKnown = (table: string) => check(`${table}_period_known`, sql`period in ('day', 'week', 'month', 'total')`);

/** One limit of a scope that several keys share. Any change announces all limits of the scope, by trigger. */
export const budget = pgTable(
  "budget",
  {
    orgId: text("org_id")
      .notNull()
      .references(() => organization.id),
    /** `organization`, `member <id>` or `tag <name>` (src/admission/scope-name.ts). */
    scope: text("scope").notNull(),
    period: text("period", { enum: PERIODS }).notNull(),
    limitNano: nano("limit_nano").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.orgId, table.scope, table.period] }),
    check(
      "budget_scope_form",
      sql`scope ~ '^(organization|member mem_[0-7][0-9a-hjkmnp-tv-z]{25}|tag [a-z0-9][a-z0-9_.:-]{0,63})$'`,
    ),
    periodKnown("budget"),
    check("budget_limit_not_negative", sql`limit_nano >= 0`),
  ],
);

/** The version of a scope's limits: it goes on over their removal, so its row is never deleted. Written by trigger only. */
export const budgetVersion = pgTable(
  "budget_version",
  {
    orgId: text("org_id")
      .notNull()
      .references(() => organization.id),
    scope: text("scope").notNull(),
    version: integer("version").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.scope] })],
);

/** A budget's use crossed a mark: told by the Account object, once per mark, period and limit. Rows never change. */
export const budgetAlert = pgTable(
  "budget_alert",
  {
    id: text("id").primaryKey(),
    occurredAt: instant("occurred_at").notNull(),
    orgId: text("org_id").notNull(),
    /** As of a budget, or `key <id>`. */
    scope: text("scope").notNull(),
    period: text("period", { enum: PERIODS }).notNull(),
    /** Which one: `2026-11-22`, `W2026-11-16`, `2026-11`, `total`. */
    periodName: text("period_name").notNull(),
    percent: smallint("percent").notNull(),
    limitNano: nano("limit_nano").notNull(),
    spentNano: nano("spent_nano").notNull(),
    recordedAt: instant("recorded_at").notNull().defaultNow(),
  },
  (table) => [
    // A changed limit is a new budget, whose marks are crossed anew.
    unique("budget_alert_once").on(
      table.orgId,
      table.scope,
      table.period,
      table.periodName,
      table.percent,
      table.limitNano,
    ),
    index("budget_alert_org").on(table.orgId, table.occurredAt),
    check("budget_alert_id_form", sql`id ~ '^alt_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("budget_alert_time_is_in_id", sql`extract(epoch from occurred_at) * 1000 = typeid_time_ms(id)`),
    check("budget_alert_scope_form", sql`scope ~ '^(organization|(member|tag|key) [^ ]{1,100})$'`),
    periodKnown("budget_alert"),
    check("budget_alert_period_name_length", sql`char_length(period_name) between 1 and 32`),
    check("budget_alert_percent_known", sql`percent in (50, 80, 100)`),
    check("budget_alert_limit_positive", sql`limit_nano > 0`),
  ],
);
