import { sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import type { ScopeBudget } from "./list-budgets.ts";

/**
 * Gives a scope these limits instead of those it had, in one statement: no call meets a moment without any. None lifts
 * them all. A trigger tells the Account object.
 */
export async function setBudget(db: Database, orgId: string, { scope, limits }: ScopeBudget): Promise<void> {
  const wanted = limits.map(({ period, limitNano }) => ({ period, limit_nano: limitNano.toString() }));
  await db.execute(sql`
    with wanted as (select period, limit_nano from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb)
        as w(period text, limit_nano bigint)),
      lifted as (delete from budget where org_id = ${orgId} and scope = ${scope}
        and period not in (select period from wanted))
    insert into budget (org_id, scope, period, limit_nano) select ${orgId}, ${scope}, period, limit_nano from wanted
    on conflict (org_id, scope, period) do update set limit_nano = excluded.limit_nano`);
}
