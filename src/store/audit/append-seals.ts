import { desc, eq } from "drizzle-orm";
import type { ChainHead, NewSeal } from "#audit";
import type { Database } from "../control-outbox.ts";
import { auditSeal } from "../schema/index.ts";
import { isUniqueViolation } from "../unique-violation.ts";

/** A chain's last seal; null where it has none. */
export async function readHead(db: Database, chain: string): Promise<ChainHead | null> {
  const [row] = await db
    .select({ chain: auditSeal.chain, position: auditSeal.position, mac: auditSeal.mac })
    .from(auditSeal)
    .where(eq(auditSeal.chain, chain))
    .orderBy(desc(auditSeal.position))
    .limit(1);
  return row ?? null;
}

/**
 * Adds links to a chain, all of them or none. False when another sealer was there first: it has taken the position, or
 * has sealed the entry already, and then nothing of this is true any more.
 */
export async function appendSeals(db: Database, seals: readonly NewSeal[]): Promise<boolean> {
  if (seals.length === 0) return true;
  try {
    await db.insert(auditSeal).values(
      seals.map(({ chain, position, entryId, mac, keyVersion, sealedAtMs }) => ({
        chain,
        position,
        entryId,
        mac,
        keyVersion,
        sealedAt: new Date(sealedAtMs),
      })),
    );
    return true;
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}
