import type { BudgetLimit } from "#admission";
import type { NanoUsd } from "#kernel";
import type { SettingsInput } from "./budget-arguments.ts";
import type { Query } from "./create-key.ts";

/** Changes what is named of an organization. A trigger tells its Account object. */
export async function setOrganizationSettings(
  query: Query,
  orgId: string,
  { strict, timeZone }: SettingsInput,
): Promise<void> {
  await query(
    "UPDATE organization SET strict = coalesce($2::boolean, strict), time_zone = coalesce($3, time_zone) WHERE id = $1",
    [orgId, strict, timeZone],
  );
}

/**
 * Gives a scope these limits instead of those it had, in one statement: no call meets a moment without any. A trigger
 * tells the Account object.
 */
export async function setBudgets(
  query: Query,
  orgId: string,
  scope: string,
  limits: readonly BudgetLimit[],
): Promise<void> {
  const wanted = limits.map(({ period, limitNano }) => ({ period, limit_nano: limitNano.toString() }));
  await query(
    `WITH wanted AS (SELECT period, limit_nano FROM jsonb_to_recordset($3::jsonb) AS w(period text, limit_nano bigint)),
       lifted AS (DELETE FROM budget WHERE org_id = $1 AND scope = $2 AND period NOT IN (SELECT period FROM wanted))
     INSERT INTO budget (org_id, scope, period, limit_nano) SELECT $1, $2, period, limit_nano FROM wanted
     ON CONFLICT (org_id, scope, period) DO UPDATE SET limit_nano = excluded.limit_nano`,
    [orgId, scope, JSON.stringify(wanted)],
  );
}

export interface CreditInput {
  readonly amountNano: NanoUsd;
  readonly priority: number | null;
  readonly expiresAt: Date | null;
}

/** Adds promotional credit; the same idempotency key adds it once. The posting itself tells the Account object. */
export async function postCredit(
  query: Query,
  orgId: string,
  idempotencyKey: string,
  { amountNano, priority, expiresAt }: CreditInput,
): Promise<void> {
  await query("SELECT post_credit($1, $2::bigint, $3, 'promo', $4::int, $5::timestamptz)", [
    orgId,
    amountNano.toString(),
    idempotencyKey,
    priority,
    expiresAt?.toISOString() ?? null,
  ]);
}
