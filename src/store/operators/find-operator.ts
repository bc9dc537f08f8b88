import { and, eq, isNull } from "drizzle-orm";
import type { OperatorRole } from "#identity";
import type { Database } from "../control-outbox.ts";
import { operator } from "../schema/index.ts";

export interface FoundOperator {
  readonly userId: string;
  readonly role: OperatorRole;
}

/** What a person is among our own people; null where they are nothing, or not any more. */
export async function findOperator(db: Database, userId: string): Promise<FoundOperator | null> {
  const [row] = await db
    .select({ userId: operator.userId, role: operator.role })
    .from(operator)
    .where(and(eq(operator.userId, userId), isNull(operator.revokedAt)));
  return row ?? null;
}
