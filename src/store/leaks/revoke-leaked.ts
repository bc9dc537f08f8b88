import { and, eq, isNull, ne } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { apiKey, managementKey } from "../schema/index.ts";
import type { LeakedKey } from "./find-leaked.ts";

/** The statement that revokes a key for good, for whoever runs it together with what is told of it. */
export function revokeLeaked(db: Database, { kind, id }: LeakedKey, now: Date) {
  return kind === "api_key"
    ? db
        .update(apiKey)
        .set({ status: "revoked" })
        .where(and(eq(apiKey.id, id), ne(apiKey.status, "revoked")))
    : db
        .update(managementKey)
        .set({ revokedAt: now })
        .where(and(eq(managementKey.id, id), isNull(managementKey.revokedAt)));
}
