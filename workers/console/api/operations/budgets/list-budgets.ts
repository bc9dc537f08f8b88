import { z } from "@hono/zod-openapi";
import { listBudgets as list } from "#store";
import { member } from "../../access.ts";
import { operation } from "../../operation.ts";
import { pageOf, pageQuery, readPage } from "../../pages.ts";
import { inOrganization } from "../organizations/organization.ts";
import { budgetScope, budgetShape, describeBudget, describeScope, scopeName } from "./budget.ts";

export const listBudgets = operation({
  id: "listBudgets",
  method: "get",
  path: "/organizations/{org}/budgets",
  tag: "Budgets",
  summary: "The limits that several keys share: of the organization, of members, of tags. A key's own is the key's.",
  access: member("usage.read"),
  params: inOrganization,
  query: z.strictObject({ ...pageQuery, cursor: budgetScope.optional() }),
  status: 200,
  answer: pageOf(z.strictObject(budgetShape)),
  async handle({ context, params, query }) {
    const { db } = context.get("services");
    const after = query.cursor === undefined ? "" : scopeName(query.cursor);
    const { rows, nextCursor } = await readPage(query.limit, async (limit) =>
      (await list(db, params.org, after, limit)).map(({ scope, limits }) => ({ id: scope, scope, limits })),
    );
    return { data: rows.map(describeBudget), next_cursor: nextCursor && describeScope(nextCursor) };
  },
});
