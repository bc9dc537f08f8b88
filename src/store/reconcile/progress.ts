import { and, asc, eq, gt, isNull, lt, or, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { organization, reconcileProgress } from "../schema/index.ts";

/** An organization whose turn it is, and where its object is found. */
export interface DueOrganization {
  readonly orgId: string;
  readonly region: "g" | "e";
  readonly locator: string;
  /** Where the comparison of receipts goes on in the object's memory. */
  readonly endedCursor: number;
}

const columns = { orgId: organization.id, region: organization.region, locator: organization.locator };
const BEGINNING = 0;

/** Those that were not looked at since an instant, the longest unseen first. */
export async function readDueOrganizations(db: Database, seenBefore: Date, limit: number): Promise<DueOrganization[]> {
  const rows = await db
    .select({ ...columns, endedCursor: reconcileProgress.endedCursor })
    .from(organization)
    .leftJoin(reconcileProgress, eq(reconcileProgress.orgId, organization.id))
    .where(or(isNull(reconcileProgress.checkedAt), lt(reconcileProgress.checkedAt, seenBefore)))
    .orderBy(sql`${reconcileProgress.checkedAt} asc nulls first`, asc(organization.id))
    .limit(limit);
  return rows.map(({ endedCursor, ...account }) => dueFrom(account, endedCursor ?? BEGINNING));
}

/** A page of all of them, by id. `endedCursor`: from where in their objects' memory. */
export async function readOrganizations(
  db: Database,
  page: {
    readonly after: string;
    readonly only: string | null;
    readonly endedCursor: number;
    readonly limit: number;
  },
): Promise<DueOrganization[]> {
  const rows = await db
    .select(columns)
    .from(organization)
    .where(and(gt(organization.id, page.after), page.only === null ? undefined : eq(organization.id, page.only)))
    .orderBy(asc(organization.id))
    .limit(page.limit);
  return rows.map((account) => dueFrom(account, page.endedCursor));
}

const dueFrom = (
  { orgId, region, locator }: Omit<DueOrganization, "endedCursor">,
  endedCursor: number,
): DueOrganization => ({ orgId, region, locator, endedCursor });

/** It has had its turn, whether or not it could be compared. */
export async function markReconciled(db: Database, orgId: string, at: Date, endedCursor: number): Promise<void> {
  await db
    .insert(reconcileProgress)
    .values({ orgId, checkedAt: at, endedCursor })
    .onConflictDoUpdate({ target: reconcileProgress.orgId, set: { checkedAt: at, endedCursor } });
}
