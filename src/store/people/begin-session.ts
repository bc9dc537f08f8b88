import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../control-outbox.ts";

export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly tokenHash: string;
  readonly expiresAt: Date;
  readonly provedAt: Date;
  /** Null: the second factor is still missing, where there is one. */
  readonly factorAt: Date | null;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

const made = z.object({ rows: z.array(z.object({ id: z.string() })) });

/** Begins a session of somebody who may act; false for who was suspended or closes their account, in the same moment too. */
export async function beginSession(db: Database, session: NewSession): Promise<boolean> {
  const { id, userId, tokenHash, expiresAt, provedAt, factorAt, ipAddress, userAgent } = session;
  const at = (date: Date | null) => sql`${date?.toISOString() ?? null}::timestamptz`;
  const result = await db.execute(sql`
    insert into user_session (id, user_id, token, expires_at, proved_at, factor_at, ip_address, user_agent, created_at,
      updated_at)
    select ${id}, u.id, ${tokenHash}, ${at(expiresAt)}, ${at(provedAt)}, ${at(factorAt)}, ${ipAddress}::text,
      ${userAgent}::text, ${at(provedAt)}, ${at(provedAt)}
    from account_user u where u.id = ${userId} and u.status = 'active' for share
    returning id`);
  return made.parse(result).rows.length > 0;
}
