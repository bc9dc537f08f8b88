import { and, asc, eq, gt } from "drizzle-orm";
import type { AuditEntry, AuditSeal } from "#audit";
import type { Database } from "../control-outbox.ts";
import { auditEntry, auditSeal } from "../schema/index.ts";
import { entryColumns, sealColumns } from "./columns.ts";

const ENTRIES_PER_PAGE = 500;

/** What an organization's members may read of its log: its entries in their order, with their seals, page by page. */
export async function* readEntries(
  db: Database,
  orgId: string,
): AsyncGenerator<readonly { readonly entry: AuditEntry; readonly seal: AuditSeal | null }[]> {
  let after = 0n;
  for (;;) {
    const page = await db
      .select({ entry: entryColumns, seal: sealColumns })
      .from(auditEntry)
      .leftJoin(auditSeal, and(eq(auditSeal.entryId, auditEntry.id), eq(auditSeal.chain, orgId)))
      .where(and(eq(auditEntry.orgId, orgId), gt(auditEntry.seq, after)))
      .orderBy(asc(auditEntry.seq))
      .limit(ENTRIES_PER_PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    if (page.length < ENTRIES_PER_PAGE) return;
    after = BigInt(last.entry.seq);
  }
}
