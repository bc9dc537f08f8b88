import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../control-outbox.ts";
import { askJson } from "../reconcile/ask-json.ts";

/** False where there is no such organization. `db` acts as an operator. */
export function setOrganizationStatus(
  db: Database,
  orgId: string,
  status: "active" | "suspended",
  reason: string,
): Promise<boolean> {
  const statement = sql`select to_json(set_organization_status(${orgId}, ${status}, ${reason}))::text as answer`;
  return askJson(db, statement, z.boolean());
}
