import { verifyManagementKey } from "#keys";
import { findManagementKey, markKeyUsed, type FoundManagementKey } from "#store";
import type { ApiContext } from "../api/context.ts";

/** Its last use is known to the hour, not written with every request. */
const MARK_AFTER_MS = 3_600_000;

/** What was sent as a key, whatever it is; null where none was. Other schemes are none: browsers send those unasked. */
export function bearerOf(headers: Headers): string | null {
  const match = /^Bearer(?: +(.*))?$/i.exec(headers.get("authorization") ?? "");
  return match === null ? null : (match[1] ?? "").trim();
}

/** Whose key it is: ours, in force, of somebody who may still act. Null: nobody's. */
export async function readManagementKey(context: ApiContext): Promise<FoundManagementKey | null> {
  const { keyPeppers, db, clock } = context.get("services");
  const hash = await verifyManagementKey(bearerOf(context.req.raw.headers) ?? "", keyPeppers);
  if (hash === null) return null;
  const nowMs = clock.nowMs();
  const found = await findManagementKey(db, hash, new Date(nowMs));
  if (found !== null && nowMs - (found.lastUsedAt?.getTime() ?? -Infinity) > MARK_AFTER_MS)
    await markKeyUsed(db, found.id, new Date(nowMs));
  return found;
}
