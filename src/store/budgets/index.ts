export { listBudgetAlerts, type BudgetAlert } from "./list-budget-alerts.ts";
export { listBudgets, type ScopeBudget } from "./list-budgets.ts";
export { setBudget } from "./set-budget.ts";
