import { nanoFromText } from "#kernel";
import type { KeyRow, KindSpend, ScopeRow, StoredAlert } from "./rows.ts";
import type { BudgetLimit, BudgetPeriod, KeyRecord } from "./control-types.ts";

type Spends = ReadonlyMap<BudgetPeriod, { readonly period: string; readonly spentNano: bigint }>;
type Alerts = ReadonlyMap<BudgetPeriod, { readonly period: string; readonly percent: number }>;

/** A key's state as it is stored: the record with its amounts as text, and the spend of each period. */
export function encodeKey(key: {
  readonly record: KeyRecord;
  readonly version: number;
  readonly revokedAtMs: number | null;
  readonly spend: Spends;
  readonly previousSpend: Spends;
  readonly alerted: Alerts;
}): KeyRow {
  const { budget, ...rest } = key.record;
  return {
    hash: rest.hash,
    version: key.version,
    revoked_at_ms: key.revokedAtMs,
    record: rest,
    budget: budget === null ? null : { limit_nano: budget.limitNano.toString(), period: budget.period },
    spend: [...key.spend.values()].map(({ period, spentNano }) => ({ period, spent_nano: spentNano.toString() })),
    previous_spend: encodeSpends(key.previousSpend),
    alerted: encodeAlerts(key.alerted),
  };
}

export function encodeScope(scope: {
  readonly name: string;
  readonly version: number;
  readonly limits: readonly BudgetLimit[];
  readonly spend: Spends;
  readonly previousSpend: Spends;
  readonly alerted: Alerts;
}): ScopeRow {
  return {
    name: scope.name,
    version: scope.version,
    limits: scope.limits.map(({ limitNano, period }) => ({ limit_nano: limitNano.toString(), period })),
    spend: encodeSpends(scope.spend),
    previous_spend: encodeSpends(scope.previousSpend),
    alerted: encodeAlerts(scope.alerted),
  };
}

const encodeSpends = (spends: Spends): KindSpend[] =>
  [...spends].map(([kind, { period, spentNano }]) => ({ kind, period, spent_nano: spentNano.toString() }));

const encodeAlerts = (alerts: Alerts): StoredAlert[] =>
  [...alerts].map(([kind, { period, percent }]) => ({ kind, period, percent }));

export function decodeKeyRecord({ record, budget }: KeyRow): KeyRecord {
  return {
    ...record,
    budget: budget === null ? null : { limitNano: nanoFromText(budget.limit_nano), period: budget.period },
  };
}
