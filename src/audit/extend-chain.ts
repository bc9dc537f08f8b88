import type { AuditKeys } from "./audit-keys.ts";
import type { AuditEntry, AuditSeal, ChainHead } from "./chain.ts";
import { linkMac } from "./link-mac.ts";

/** A seal that is not stored yet, with its instant as the database takes it. */
export interface NewSeal extends AuditSeal {
  readonly sealedAtMs: number;
}

const MS_PER_SECOND = 1_000;

/**
 * The next links of a chain, one for each entry in the order given. `head` is the chain's last seal, null for a chain that
 * begins here. Nothing is asked of the head but its mac: one that was forged makes every later link say so.
 */
export async function extendChain(
  chain: string,
  head: ChainHead | null,
  entries: readonly AuditEntry[],
  { keys, sealedAtMs }: { readonly keys: AuditKeys; readonly sealedAtMs: number },
): Promise<NewSeal[]> {
  const key = await keys.byVersion.get(keys.newest);
  if (key === undefined) throw new Error("the newest audit key is missing");
  const seals: NewSeal[] = [];
  let [position, previousMac] = [head?.position ?? 0, head?.mac ?? null];
  for (const entry of entries) {
    position += 1;
    const unsigned = { chain, position, keyVersion: keys.newest, sealedAt: epochText(sealedAtMs) };
    previousMac = await linkMac(key, previousMac, unsigned, entry);
    seals.push({ ...unsigned, entryId: entry.id, mac: previousMac, sealedAtMs });
  }
  return seals;
}

/** A whole millisecond as Postgres writes the same instant: seconds with six decimals. */
function epochText(ms: number): string {
  const seconds = Math.floor(ms / MS_PER_SECOND);
  return `${seconds}.${String(ms - seconds * MS_PER_SECOND).padStart(3, "0")}000`;
}
