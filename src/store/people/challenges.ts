import { and, eq, gt } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { userVerification } from "../schema/index.ts";

export interface NewChallenge {
  readonly id: string;
  /** Hashed: what it is for, whose, and what was given out. */
  readonly identifier: string;
  /** Whose it is, or what it leads to: links and challenges of a person end by it. */
  readonly value: string;
  readonly expiresAt: Date;
}

/** Remembers something random that was given out, until it comes back. */
export async function keepChallenge(db: Database, challenge: NewChallenge): Promise<void> {
  await db.insert(userVerification).values(challenge);
}

/** Uses it up. Null where it was never given out, was used, or is too old: of twenty at once, one gets its value. */
export async function spendChallenge(db: Database, identifier: string, now: Date): Promise<string | null> {
  const [spent] = await db
    .delete(userVerification)
    .where(and(eq(userVerification.identifier, identifier), gt(userVerification.expiresAt, now)))
    .returning({ value: userVerification.value });
  return spent?.value ?? null;
}
