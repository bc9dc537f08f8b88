import { and, desc, eq, lt } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { budgetAlert } from "../schema/index.ts";

export type BudgetAlert = typeof budgetAlert.$inferSelect;

/** One page of the marks that an organization's budgets have crossed, newest first. */
export function listBudgetAlerts(
  db: Database,
  orgId: string,
  before: string | null,
  limit: number,
): Promise<BudgetAlert[]> {
  return db
    .select()
    .from(budgetAlert)
    .where(and(eq(budgetAlert.orgId, orgId), before === null ? undefined : lt(budgetAlert.id, before)))
    .orderBy(desc(budgetAlert.id))
    .limit(limit);
}
