import { sql } from "drizzle-orm";
import { bigint, boolean, check, text, timestamp } from "drizzle-orm/pg-core";

/** An amount in nano-USD: Postgres `bigint`, JavaScript `bigint`. Names end in `_nano`. */
export const nano = (name: string) => bigint(name, { mode: "bigint" });

/** An instant with its zone, as a `Date`. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** A routing policy (#kernel's RoutingPolicy): of an organization, or of one of its keys. Null: no rule. */
export const policyColumns = () => ({
  dataCollection: text("data_collection", { enum: ["deny"] }),
  zdr: boolean("zdr").notNull().default(false),
  regions: text("regions").array(),
  providersOnly: text("providers_only").array(),
  providersIgnore: text("providers_ignore").array(),
});

/** Who may call what from where, beside what a policy says: public model ids; addresses or CIDR ranges. Null allows all. */
export const allowColumns = () => ({
  models: text("models").array(),
  ipAllow: text("ip_allow").array(),
});

/** Lists are short: they travel with every admission. */
export const policyChecks = (table: string) => [
  check(`${table}_data_collection_known`, sql`data_collection in ('deny')`),
  check(
    `${table}_policy_lists_short`,
    sql`cardinality(regions) <= 64 and cardinality(providers_only) <= 64 and cardinality(providers_ignore) <= 64`,
  ),
];
