import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { findKeyOwner, setBudget as set } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { inOrganization } from "../organizations/organization.ts";
import { budgetLimits, budgetScope, budgetShape, describeBudget, limitsOf, memberOf, scopeName } from "./budget.ts";

export const setBudget = operation({
  id: "setBudget",
  method: "put",
  path: "/organizations/{org}/budgets/{scope}",
  tag: "Budgets",
  summary:
    "Give a scope these limits instead of those it has; an empty list lifts them. A lower one holds from the next call on.",
  access: freshMember("budgets.update"),
  params: inOrganization.extend({ scope: budgetScope }),
  body: z.strictObject({ limits: budgetLimits }),
  status: 200,
  answer: z.strictObject(budgetShape),
  async handle({ context, params, body }) {
    const { db, project } = context.get("services");
    const memberId = memberOf(params.scope);
    if (memberId !== null && (await findKeyOwner(db, params.org, memberId)) === null)
      throw new AppError("not_found", { param: "scope" });
    const budget = { scope: scopeName(params.scope), limits: limitsOf(body.limits) };
    await set(databaseOf(context), params.org, budget);
    await project();
    return describeBudget(budget);
  },
});
