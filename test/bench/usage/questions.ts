import { PgDialect } from "drizzle-orm/pg-core";
import type { SQL } from "drizzle-orm";
import { bucketStarts, type Bucket, type InstantRange } from "#usage";
import { receiptsStatement } from "../../../src/store/usage/receipts.ts";
import { usageStatement, type UsageGroup } from "../../../src/store/usage/sum-usage.ts";
import type { Filled } from "./fill-receipts.ts";

const DAY_MS = 86_400_000;
const ZONE = "Europe/Berlin";
const EXPORT_PAGE_ROWS = 1_000;
const LIST_ROWS = 51;

/** A statement of the API as it is sent: text, and parameters apart. */
export interface Question {
  readonly name: string;
  readonly sql: string;
  readonly params: readonly unknown[];
  /** Partitions of other months, and the one of no month, must not be looked at. */
  readonly range: InstantRange;
}

/** What the API asks, of an organization with a tenth of all receipts and of one with some two hundredth. */
export function makeQuestions(filled: Filled): Question[] {
  const { large, small, untilMs } = filled;
  const past = (days: number): InstantRange => ({ fromMs: untilMs - days * DAY_MS, toMs: untilMs });
  const sums = (
    name: string,
    orgId: string,
    days: number,
    bucket: Bucket,
    groupBy: UsageGroup,
    filters = {},
  ): Question => {
    const range = past(days);
    const starts = bucketStarts(range, bucket, ZONE) ?? [];
    const bucketDates = starts.map((startMs) => new Date(startMs));
    return described(
      name,
      range,
      usageStatement({ orgId, range: dates(range), bucketStarts: bucketDates, groupBy, filters }),
    );
  };
  const receipts = (name: string, orgId: string, days: number, limit: number, filters = {}): Question => {
    const range = past(days);
    return described(name, range, receiptsStatement({ orgId, range: dates(range), filters, before: null, limit }));
  };
  return [
    sums("large, 30 days, by day and model", large.orgId, 30, "day", "model"),
    sums("large, 30 days, by hour", large.orgId, 30, "hour", "none"),
    sums("large, 30 days, by day and tag", large.orgId, 30, "day", "tag"),
    sums("large, 30 days, one key, by day", large.orgId, 30, "day", "none", { key: large.keyIds[0] }),
    sums("large, 1 day, by hour and key", large.orgId, 1, "hour", "key"),
    sums("large, 13 months, by month and provider", large.orgId, 390, "month", "provider"),
    sums("small, 30 days, by day and model", small.orgId, 30, "day", "model"),
    sums("small, 13 months, by month and member", small.orgId, 390, "month", "member"),
    receipts("large, newest page of 13 months", large.orgId, 390, LIST_ROWS),
    receipts("large, newest page, failed alone", large.orgId, 30, LIST_ROWS, { status: 502 }),
    receipts("large, a page of an export", large.orgId, 30, EXPORT_PAGE_ROWS),
    receipts("small, newest page of 13 months", small.orgId, 390, LIST_ROWS),
  ];
}

const dates = ({ fromMs, toMs }: InstantRange) => ({ from: new Date(fromMs), to: new Date(toMs) });

function described(name: string, range: InstantRange, statement: SQL): Question {
  const { sql, params } = new PgDialect().sqlToQuery(statement);
  return { name, sql, params, range };
}
