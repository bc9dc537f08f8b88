import { newId, type BudgetAlert, type NanoUsd } from "#kernel";
import { budgetUse, type Booking } from "./budget.ts";
import { moneyRooms, type MoneyRoom } from "./money-rooms.ts";
import { type AccountState, type AdmissionContext } from "./state.ts";
import { enqueue } from "./outbox.ts";

/** How much of a budget is used when its owner hears of it, percent. */
const ALERT_PERCENTS = [50, 80, 100] as const satisfies readonly BudgetAlert["percent"][];

/** From here on a call that no longer fits has used the budget up. */
const USED_UP_FROM_PERCENT = 80;

type AlertContext = Pick<AdmissionContext, "nowMs" | "random">;

/** Gives the alert of every budget of which what was booked crossed a mark: once per mark and period. */
export function raiseAlerts(state: AccountState, booking: Booking, context: AlertContext): void {
  for (const { budget } of moneyRooms(state, booking)) {
    if (budget === null) continue;
    const { limitNano, period } = budget.limit;
    const { spentNano } = budgetUse(budget.scope, period, booking.periods[period]);
    const percent = ALERT_PERCENTS.findLast((mark) => reaches(spentNano, limitNano, mark));
    if (percent !== undefined) raiseAlert(state, budget, booking, percent, context);
  }
}

/**
 * Gives the last alert where what is spent leaves no room for a call: open calls may yet turn out cheaper. Before the mark
 * below it a call that does not fit is a large call, and says nothing of a budget that others go on using.
 */
export function raiseUsedUp(
  state: AccountState,
  budget: NonNullable<MoneyRoom["budget"]>,
  booking: Booking,
  costNano: NanoUsd,
  context: AlertContext,
): void {
  const { limitNano, period } = budget.limit;
  const { spentNano } = budgetUse(budget.scope, period, booking.periods[period]);
  const isNearlyUsed = reaches(spentNano, limitNano, USED_UP_FROM_PERCENT);
  if (isNearlyUsed && spentNano + costNano > limitNano) raiseAlert(state, budget, booking, 100, context);
}

/** Gives one alert, if it is higher than the last of this budget in this period. */
function raiseAlert(
  state: AccountState,
  { scope, name, limit }: NonNullable<MoneyRoom["budget"]>,
  { key, periods }: Booking,
  percent: BudgetAlert["percent"],
  { nowMs, random }: AlertContext,
): void {
  const period = periods[limit.period];
  const last = scope.alerted.get(limit.period);
  if (last !== undefined && (last.period > period || (last.period === period && last.percent >= percent))) return;
  scope.alerted.set(limit.period, { period, percent });
  if (scope === key) state.changes.keys.add(key.record.hash);
  else state.changes.scopes.add(name);
  const alert: BudgetAlert = {
    id: newId("alert", { nowMs: () => nowMs }, random),
    occurred_at: new Date(nowMs).toISOString(),
    org_id: state.organization?.id ?? "",
    scope: name,
    period: limit.period,
    period_name: period,
    percent,
    limit_nano: limit.limitNano.toString(),
    spent_nano: budgetUse(scope, limit.period, period).spentNano.toString(),
  };
  enqueue(state, { type: "alert", alert }, nowMs);
}

/** A budget of nothing has no half. */
const reaches = (spentNano: NanoUsd, limitNano: NanoUsd, percent: number): boolean =>
  limitNano > 0n && spentNano * 100n >= limitNano * BigInt(percent);
