import { z } from "@hono/zod-openapi";
import { BUDGET_PERIODS } from "#admission";
import { formatUsd, nanoUsd } from "#kernel";
import { listBudgetAlerts as list } from "#store";
import { member } from "../../access.ts";
import { operation } from "../../operation.ts";
import { pageOf, pageQuery, readPage } from "../../pages.ts";
import { instant } from "../../schemas.ts";
import { inOrganization } from "../organizations/organization.ts";
import { describeScope } from "./budget.ts";

export const listBudgetAlerts = operation({
  id: "listBudgetAlerts",
  method: "get",
  path: "/organizations/{org}/budget-alerts",
  tag: "Budgets",
  summary: "When budgets, keys' own among them, passed 50, 80 and 100 %, newest first.",
  access: member("usage.read"),
  params: inOrganization,
  query: z.strictObject(pageQuery),
  status: 200,
  answer: pageOf(
    z.strictObject({
      id: z.string(),
      occurred_at: instant,
      scope: z.string(),
      period: z.enum(BUDGET_PERIODS),
      period_name: z.string(),
      percent: z.number(),
      limit_usd: z.string(),
      spent_usd: z.string(),
    }),
  ),
  async handle({ context, params, query }) {
    const { db } = context.get("services");
    const { rows, nextCursor } = await readPage(query.limit, (limit) =>
      list(db, params.org, query.cursor ?? null, limit),
    );
    const data = rows.map((alert) => ({
      id: alert.id,
      occurred_at: alert.occurredAt.toISOString(),
      scope: describeScope(alert.scope),
      period: alert.period,
      period_name: alert.periodName,
      percent: alert.percent,
      limit_usd: formatUsd(nanoUsd(alert.limitNano)),
      spent_usd: formatUsd(nanoUsd(alert.spentNano)),
    }));
    return { data, next_cursor: nextCursor };
  },
});
