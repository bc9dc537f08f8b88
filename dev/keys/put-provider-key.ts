import type { OwnKeyMode } from "#admission";
import { parseSealingKey, seal } from "#keys";
import { sealingKeyOf } from "../stack/make-secrets.ts";
import type { Query } from "./create-key.ts";

export interface ProviderKeyInput {
  readonly orgId: string;
  readonly provider: string;
  readonly mode: OwnKeyMode;
  /** The provider's credential; sealed before it goes anywhere. */
  readonly secret: string;
}

/**
 * Seals an organization's own provider key to the newest of the gateway's keys and stores the box: what a console does
 * with the public half. Throws RangeError for a text that is too long. A trigger tells the Account object.
 */
export async function putProviderKey(
  query: Query,
  { orgId, provider, mode, secret }: ProviderKeyInput,
  byokPrivateKeys: string,
): Promise<void> {
  const key = await parseSealingKey(sealingKeyOf(byokPrivateKeys));
  const { sealed, keyVersion } = await seal(key, secret, { orgId, provider });
  await query(
    `INSERT INTO provider_key (org_id, provider, mode, sealed, key_version) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (org_id, provider) DO UPDATE SET mode = $3, sealed = $4, key_version = $5`,
    [orgId, provider, mode, sealed, keyVersion],
  );
}

/** Removes what was sealed, here and in the Account object. False when there was nothing. */
export async function removeProviderKey(query: Query, orgId: string, provider: string): Promise<boolean> {
  // Only the owner and no role of ours could ask whether it is sealed still: a second removal is a new version of nothing.
  const removed = await query(
    "UPDATE provider_key SET sealed = NULL WHERE org_id = $1 AND provider = $2 RETURNING provider",
    [orgId, provider],
  );
  return removed.length > 0;
}
