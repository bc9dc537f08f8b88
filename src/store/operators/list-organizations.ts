import { and, desc, eq, ilike, lt, or, sql, type SQL } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { accountUser, ledgerAccount, ledgerBalance, member, organization } from "../schema/index.ts";

const COLUMNS = {
  id: organization.id,
  name: organization.name,
  region: organization.region,
  status: organization.status,
  statusReason: organization.statusReason,
  createdAt: organization.createdAt,
  /** As the ledger has it: a wallet owes its owner, so its account is negative where there is credit. */
  walletNano: sql<string>`coalesce(-${ledgerBalance.balanceNano}, 0)::text`,
} as const;

export interface OperatedOrganization {
  readonly id: string;
  readonly name: string;
  readonly region: "g" | "e";
  readonly status: "active" | "suspended";
  readonly statusReason: string | null;
  readonly createdAt: Date;
  /** Whole nano-USD as text. */
  readonly walletNano: string;
}

const withWallet = (db: Database) =>
  db
    .select(COLUMNS)
    .from(organization)
    .leftJoin(ledgerAccount, and(eq(ledgerAccount.orgId, organization.id), eq(ledgerAccount.name, "wallet")))
    .leftJoin(ledgerBalance, eq(ledgerBalance.accountId, ledgerAccount.id));

/** One page of all organizations, newest first; with a query those of that id, of a name with it, or with that member. */
export function listAllOrganizations(
  db: Database,
  query: string | null,
  before: string | null,
  limit: number,
): Promise<OperatedOrganization[]> {
  return withWallet(db)
    .where(
      and(query === null ? undefined : matches(db, query), before === null ? undefined : lt(organization.id, before)),
    )
    .orderBy(desc(organization.id))
    .limit(limit);
}

export async function findAnyOrganization(db: Database, id: string): Promise<OperatedOrganization | null> {
  const [row] = await withWallet(db).where(eq(organization.id, id));
  return row ?? null;
}

function matches(db: Database, query: string): SQL | undefined {
  const withMember = db
    .select({ one: sql`1` })
    .from(member)
    .innerJoin(accountUser, eq(accountUser.id, member.userId))
    .where(and(eq(member.orgId, organization.id), eq(accountUser.email, query.toLowerCase())));
  const named = ilike(organization.name, `%${query.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`);
  return or(eq(organization.id, query), named, sql`exists (${withMember})`);
}
