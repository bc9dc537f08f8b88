import { z } from "@hono/zod-openapi";
import { formatUsd } from "#kernel";
import { sumUsage, USAGE_GROUPS, USAGE_ROWS_MAX, type UsageFigures } from "#store";
import { BUCKETS, BUCKETS_MAX, bucketStarts } from "#usage";
import { member } from "../../access.ts";
import { operation } from "../../operation.ts";
import { instant } from "../../schemas.ts";
import { inOrganization } from "../organizations/organization.ts";
import { overlapOf } from "./overlap.ts";
import { filterQuery, filtersOf, rangeOf, rangeQuery, refused, zoneOf } from "./usage-query.ts";

const usd = z.string().openapi({ example: "0.012340000", description: "USD with nine decimals: exact." });

const figuresShape = {
  calls: z.int(),
  failed_calls: z.int().openapi({ description: "Outcome `failed` or `interrupted`." }),
  input_tokens: z.int(),
  cached_tokens: z.int().openapi({ description: "Of `input_tokens`: read from a provider's cache." }),
  output_tokens: z.int(),
  reasoning_tokens: z.int().openapi({ description: "Of `output_tokens`." }),
  cost_usd: usd,
  upstream_cost_usd: usd.openapi({ description: "What the providers take for it by their price lists." }),
} as const;

const figures = z.strictObject(figuresShape);

export const queryUsage = operation({
  id: "queryUsage",
  method: "get",
  path: "/organizations/{org}/usage",
  tag: "Usage",
  summary:
    "Sums of calls, tokens and cost by time and group, corrections included. Buckets and groups without calls are left out.",
  access: member("usage.read"),
  params: inOrganization,
  query: z.strictObject({
    ...rangeQuery,
    bucket: z.enum(BUCKETS).default("day"),
    group_by: z.enum(USAGE_GROUPS).default("none"),
    ...filterQuery,
  }),
  status: 200,
  answer: z.strictObject({
    from: instant,
    to: instant,
    time_zone: z.string(),
    bucket: z.enum(BUCKETS),
    group_by: z.enum(USAGE_GROUPS),
    data: z.array(
      z.strictObject({
        start: instant,
        end: instant,
        group: z.string().nullable(),
        ...figuresShape,
      }),
    ),
    totals: figures.openapi({ description: "Every call once, whatever the grouping." }),
    overlap: figures.openapi({
      description:
        "What `data` has more than once: calls of keys with several tags, by tag. `data` less this is `totals`.",
    }),
  }),
  async handle({ context, params, query }) {
    const { db, clock } = context.get("services");
    const zone = await zoneOf(db, params.org, query);
    const range = rangeOf(query, zone, clock.nowMs());
    const starts = bucketStarts(range, query.bucket, zone);
    if (starts === null) throw refused("bucket", `makes more than ${BUCKETS_MAX} buckets of this range.`);
    const { rows, totals } = await sumUsage(db, {
      orgId: params.org,
      range: { from: new Date(range.fromMs), to: new Date(range.toMs) },
      bucketStarts: starts.map((startMs) => new Date(startMs)),
      groupBy: query.group_by,
      filters: filtersOf(query),
    });
    if (rows.length > USAGE_ROWS_MAX)
      throw refused(
        "group_by",
        `makes more than ${USAGE_ROWS_MAX} rows: ask for less time, longer buckets or fewer calls.`,
      );
    const ends = [...starts.slice(1), range.toMs];
    const iso = (instantMs: number | undefined) => new Date(instantMs ?? range.toMs).toISOString();
    return {
      from: iso(range.fromMs),
      to: iso(range.toMs),
      time_zone: zone,
      bucket: query.bucket,
      group_by: query.group_by,
      data: rows.map((row) => ({
        start: iso(starts[row.bucket - 1]),
        end: iso(ends[row.bucket - 1]),
        group: row.value,
        ...describeFigures(row),
      })),
      totals: describeFigures(totals),
      overlap: describeFigures(overlapOf(rows, totals)),
    };
  },
});

const describeFigures = (sums: UsageFigures) => ({
  calls: sums.calls,
  failed_calls: sums.failed_calls,
  input_tokens: sums.input_tokens,
  cached_tokens: sums.cached_tokens,
  output_tokens: sums.output_tokens,
  reasoning_tokens: sums.reasoning_tokens,
  cost_usd: formatUsd(sums.cost_nano),
  upstream_cost_usd: formatUsd(sums.upstream_nano),
});
