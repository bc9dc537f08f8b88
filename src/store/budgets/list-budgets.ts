import { and, asc, eq, gt, inArray } from "drizzle-orm";
import type { BudgetLimit } from "#admission";
import { nanoUsd } from "#kernel";
import type { Database } from "../control-outbox.ts";
import { budget } from "../schema/index.ts";

/** All the limits of one scope that keys share. `scope` is its name in src/admission/scope-name.ts. */
export interface ScopeBudget {
  readonly scope: string;
  readonly limits: readonly BudgetLimit[];
}

/** One page of an organization's budgets, by the scopes' names. `after` is the last of the page before; empty: none. */
export async function listBudgets(db: Database, orgId: string, after: string, limit: number): Promise<ScopeBudget[]> {
  const scopes = db
    .select({ scope: budget.scope })
    .from(budget)
    .where(and(eq(budget.orgId, orgId), gt(budget.scope, after)))
    .groupBy(budget.scope)
    .orderBy(asc(budget.scope))
    .limit(limit);
  const rows = await db
    .select({ scope: budget.scope, period: budget.period, limitNano: budget.limitNano })
    .from(budget)
    .where(and(eq(budget.orgId, orgId), inArray(budget.scope, scopes)))
    .orderBy(asc(budget.scope), asc(budget.period));
  const byScope = Map.groupBy(rows, ({ scope }) => scope);
  return [...byScope].map(([scope, limits]) => ({
    scope,
    limits: limits.map(({ period, limitNano }) => ({ period, limitNano: nanoUsd(limitNano) })),
  }));
}
