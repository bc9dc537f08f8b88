import { and, desc, eq, lt, sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { NanoUsd } from "#kernel";
import type { Database } from "../control-outbox.ts";
import { askJson } from "../reconcile/ask-json.ts";
import { adjustmentProposal, ledgerAdjustment, reconcileDifference } from "../schema/index.ts";

export type AdjustmentProposal = typeof adjustmentProposal.$inferSelect;
export type OpenDifference = typeof reconcileDifference.$inferSelect;

function isOpen(db: Database): SQL {
  const closed = db
    .select({ one: sql`1` })
    .from(ledgerAdjustment)
    .where(eq(ledgerAdjustment.differenceId, reconcileDifference.id));
  return sql`not exists (${closed})`;
}

/** One page of what objects and ledger disagree about and nobody has closed, newest first. */
export function listOpenDifferences(db: Database, before: string | null, limit: number): Promise<OpenDifference[]> {
  return db
    .select()
    .from(reconcileDifference)
    .where(and(isOpen(db), before === null ? undefined : lt(reconcileDifference.id, before)))
    .orderBy(desc(reconcileDifference.id))
    .limit(limit);
}

export async function findOpenDifference(db: Database, orgId: string, id: string): Promise<OpenDifference | null> {
  const [row] = await db
    .select()
    .from(reconcileDifference)
    .where(and(eq(reconcileDifference.orgId, orgId), eq(reconcileDifference.id, id), isOpen(db)));
  return row ?? null;
}

/** One page of proposals, newest first. */
export function listProposals(db: Database, before: string | null, limit: number): Promise<AdjustmentProposal[]> {
  return db
    .select()
    .from(adjustmentProposal)
    .where(before === null ? undefined : lt(adjustmentProposal.id, before))
    .orderBy(desc(adjustmentProposal.id))
    .limit(limit);
}

export async function findProposal(db: Database, id: string): Promise<AdjustmentProposal | null> {
  const [row] = await db.select().from(adjustmentProposal).where(eq(adjustmentProposal.id, id));
  return row ?? null;
}

export interface NewProposal {
  readonly id: string;
  readonly orgId: string;
  readonly differenceId: string;
  /** What the wallet gets; signed. */
  readonly amountNano: NanoUsd;
  readonly reason: string;
}

/** Asks another operator for it. `db` acts as one. Fails with PR010 where no such difference is open. */
export async function proposeAdjustment(db: Database, proposal: NewProposal): Promise<void> {
  const { id, orgId, differenceId, amountNano, reason } = proposal;
  // Drizzle would name every column, and the console's role may set these alone.
  await db.execute(sql`insert into adjustment_proposal (id, org_id, difference_id, amount_nano, reason)
    values (${id}, ${orgId}, ${differenceId}, ${amountNano.toString()}::bigint, ${reason})`);
}

const OUTCOMES = ["approved", "rejected", "decided", "expired", "closed", "own", "proposer_gone"] as const;
export type AdjustmentOutcome = (typeof OUTCOMES)[number];

const decision = z.object({ outcome: z.enum(OUTCOMES) }).nullable();

/** Decides by the operator as whom `db` acts. Null where there is no such proposal. */
export async function decideAdjustment(db: Database, id: string, approve: boolean): Promise<AdjustmentOutcome | null> {
  const statement = sql`select coalesce(decide_adjustment(${id}, ${approve}), 'null')::text as answer`;
  return (await askJson(db, statement, decision))?.outcome ?? null;
}
