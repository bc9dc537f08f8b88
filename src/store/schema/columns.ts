import { bigint, timestamp } from "drizzle-orm/pg-core";

/** An amount in nano-USD: Postgres `bigint`, JavaScript `bigint`. Names end in `_nano`. */
export const nano = (name: string) => bigint(name, { mode: "bigint" });

/** An instant with its zone, as a `Date`. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
