import type { ControlVersions } from "#admission";
import { readToldVersions, tellAgain, type Database, type DueOrganization } from "#store";

/** The way to an Account object, for the versions that it has. Rejects when it does not answer. */
export interface ControlReader {
  controlVersions(account: Pick<DueOrganization, "region" | "locator">): Promise<ControlVersions>;
}

/** Keys that are told again in one turn; the next turn goes on with the rest. */
const TOLD_AGAIN_MAX = 500;

/**
 * Finds what an organization's object was told and does not have, as after a restore of the object to an earlier day, and has
 * it told again. Answers how many records there were; null where something is on its way, so that nothing can be said.
 *
 * The database is read first: what it says then the object has when it is asked afterwards.
 */
export async function mendDrift(
  db: Database,
  reader: ControlReader,
  account: Pick<DueOrganization, "orgId" | "region" | "locator">,
): Promise<number | null> {
  const told = await readToldVersions(db, account.orgId);
  if (told.isPending) return null;
  const has = await reader.controlVersions(account);
  const versions = new Map(has.keys.map(({ id, version }) => [id, version]));
  const keys = [...told.keys].filter(([id, version]) => (versions.get(id) ?? 0) < version).map(([id]) => id);
  const isOrganization = has.organization < told.organization;
  const drifted = keys.length + (isOrganization ? 1 : 0);
  if (drifted > 0) await tellAgain(db, account.orgId, { isOrganization, keys: keys.slice(0, TOLD_AGAIN_MAX) });
  return drifted;
}
