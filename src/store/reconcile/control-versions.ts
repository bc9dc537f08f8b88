import { and, eq, inArray, sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../control-outbox.ts";
import { apiKey, organization } from "../schema/index.ts";
import { askJson } from "./ask-json.ts";

const versions = z.object({
  /** Something is still on its way to the object. */
  is_pending: z.boolean(),
  organization: z.int(),
  /** Of keys that are not revoked. */
  keys: z.record(z.string(), z.int()),
});

/** What an organization's object must have by now, where nothing is on its way to it. */
export interface ToldVersions {
  readonly isPending: boolean;
  readonly organization: number;
  readonly keys: ReadonlyMap<string, number>;
}

/** In one statement, so that the versions are those of one moment. Throws where there is no such organization. */
export async function readToldVersions(db: Database, orgId: string): Promise<ToldVersions> {
  const found = await askJson(
    db,
    sql`select jsonb_build_object(
        'is_pending', exists (select from control_outbox x
          where x.org_id = o.id and x.type in ('organization', 'key') and x.applied_at is null),
        'organization', o.version,
        'keys', coalesce((select jsonb_object_agg(k.id, k.version) from api_key k
          where k.org_id = o.id and k.status <> 'revoked'), '{}'))::text as answer
      from organization o where o.id = ${orgId}`,
    versions,
  );
  return {
    isPending: found.is_pending,
    organization: found.organization,
    keys: new Map(Object.entries(found.keys)),
  };
}

/** Says these once more, as a change of nothing: its version goes on, and the outbox takes it to the object. */
export async function tellAgain(
  db: Database,
  orgId: string,
  { isOrganization, keys }: { readonly isOrganization: boolean; readonly keys: readonly string[] },
): Promise<void> {
  if (isOrganization) await db.update(organization).set({ name: organization.name }).where(eq(organization.id, orgId));
  if (keys.length === 0) return;
  await db
    .update(apiKey)
    .set({ name: apiKey.name })
    .where(and(eq(apiKey.orgId, orgId), inArray(apiKey.id, [...keys])));
}
