import { raiseUsedUp } from "./alerts.ts";
import { refuse } from "./check-key.ts";
import type { HoldPlan, Room } from "./hold-plan.ts";
import { leastLeft, moneyRooms, type MoneyQuestion } from "./money-rooms.ts";
import { parkCall } from "./parked.ts";
import type { AccountState, AdmissionContext } from "./state.ts";
import type { AdmitCommand, Refusal } from "./types.ts";
import { limitStates, windowUse } from "./window.ts";

/**
 * Refuses a call whose floor does not fit a budget, the caller's own maximum or the balance, in this order. Where only
 * leases stand in the way it is told to come back in a moment. A budget that refuses is used up: its last alert is given.
 */
export function checkMoney(
  state: AccountState,
  question: MoneyQuestion,
  { costNano }: HoldPlan,
  { maxCostNano }: AdmitCommand,
  context: AdmissionContext,
): Refusal | null {
  const { nowMs, limits } = context;
  const limitsNow = () => limitStates(question.key, nowMs);
  // What costs nothing needs no credit: an overdrawn wallet still runs free models and test keys.
  const rooms = moneyRooms(state, question).filter(({ budget }) => costNano > 0n || budget !== null);
  const short = rooms.find(({ freeNano }) => freeNano < costNano);
  if (short?.budget) raiseUsedUp(state, short.budget, question, costNano, context);
  const isOverMax = maxCostNano !== null && maxCostNano < costNano;
  if (isOverMax && !short?.budget) return refuse("max_cost_exceeded", {}, null, limitsNow());
  if (short) return refuse(short.code, short.params, null, limitsNow());
  const parked = rooms.find(({ freeNano, leasedNano }) => freeNano - leasedNano < costNano);
  if (parked === undefined) return null;
  const stop = parked.budget?.scope === question.key ? question.key : state;
  return { ...refuse("credit_reserved", {}, parkCall(state, stop, nowMs, limits), limitsNow()), isParked: true };
}

/** What every scope still has room for. Only called when the floor fits all of them. */
export function roomFor(
  state: AccountState,
  question: MoneyQuestion,
  { maxCostNano }: AdmitCommand,
  nowMs: number,
): Room {
  const { key } = question;
  const { tokensPerMinute } = key.record;
  const left = leastLeft(moneyRooms(state, question));
  return {
    nano: maxCostNano !== null && maxCostNano < left ? maxCostNano : left,
    tokens: tokensPerMinute === null ? null : tokensPerMinute - windowUse(key, nowMs).tokens,
  };
}
