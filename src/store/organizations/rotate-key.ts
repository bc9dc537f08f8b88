import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../control-outbox.ts";

/** What of a key is new when it is rotated; everything that it may do is the old one's. */
export interface RotatedKey {
  readonly id: string;
  readonly prefix: string;
  readonly lastFour: string;
  readonly keyHash: string;
  readonly pepperVersion: string;
}

const made = z.object({ rows: z.array(z.object({ id: z.string() })) });

/**
 * Makes a key's successor, and lets the key itself go on until `endsAt`, or its own end where that is sooner: in one
 * statement. False where there is no such key in use.
 */
export async function rotateKey(
  db: Database,
  orgId: string,
  id: string,
  successor: RotatedKey,
  endsAt: Date,
): Promise<boolean> {
  // The insert reads what the key was before the update of the same statement.
  const result = await db.execute(sql`
    with ending as (
      update api_key set expires_at = least(expires_at, ${endsAt.toISOString()}::timestamptz)
      where org_id = ${orgId} and id = ${id} and status = 'active' returning id)
    insert into api_key (id, org_id, name, prefix, last_four, key_hash, pepper_version, mode, scopes, models, ip_allow,
      expires_at, requests_per_minute, tokens_per_minute, concurrency, budget_limit_nano, budget_period, data_collection,
      zdr, regions, providers_only, providers_ignore, guard_secrets, guard_cards, strict, member_id, tags, rotated_from)
    select ${successor.id}, org_id, name, ${successor.prefix}, ${successor.lastFour}, ${successor.keyHash},
      ${successor.pepperVersion}, mode, scopes, models, ip_allow, expires_at, requests_per_minute, tokens_per_minute,
      concurrency, budget_limit_nano, budget_period, data_collection, zdr, regions, providers_only, providers_ignore,
      guard_secrets, guard_cards, strict, member_id, tags, id
    from api_key where id in (select id from ending)
    returning id`);
  return made.parse(result).rows.length > 0;
}
