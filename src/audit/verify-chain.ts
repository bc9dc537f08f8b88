import type { AuditKeys } from "./audit-keys.ts";
import { chainOf, type ChainHead, type ChainLink } from "./chain.ts";
import { linkMac } from "./link-mac.ts";

/** Entries younger than this may wait for the sealer, which comes every minute. */
export const UNSEALED_GRACE_MS = 300_000;

/**
 * - `seal_missing`: a position is left out; with its entry, or without.
 * - `seal_repeated`: a position comes twice, or an entry's row does.
 * - `entry_missing`: the seal is there, what it seals is not.
 * - `entry_foreign`: the entry is of another chain.
 * - `key_unknown`: sealed under a version that is not among the keys.
 * - `mac_wrong`: the entry, its seal or their place in the chain is not what was sealed; or the key is another.
 * - `head_missing`: the chain ends before the head that was kept.
 * - `head_wrong`: at that head's position stands another seal.
 * - `unsealed`: an entry that nobody sealed in time.
 */
export interface ChainFault {
  readonly kind:
    | "seal_missing"
    | "seal_repeated"
    | "entry_missing"
    | "entry_foreign"
    | "key_unknown"
    | "mac_wrong"
    | "head_missing"
    | "head_wrong"
    | "unsealed";
  /** Null for an entry that has none. */
  readonly position: number | null;
  /** The first bad entry; null where all that is known is that one is missing. */
  readonly entryId: string | null;
}

export type ChainVerdict =
  | { readonly ok: true; readonly chain: string; readonly sealed: number; readonly head: ChainHead | null }
  | { readonly ok: false; readonly chain: string; readonly sealed: number; readonly fault: ChainFault };

export interface ChainEvidence {
  readonly chain: string;
  readonly keys: AuditKeys;
  /** The chain's seals by position, in pages: no more than one is in memory. */
  readonly pages: AsyncIterable<readonly ChainLink[]>;
  /** A head of this chain that was kept elsewhere. */
  readonly keptHead: ChainHead | null;
  /** The oldest entry of the chain that has no seal though it is old enough; asked after all seals were read. */
  readonly findOverdue: () => Promise<string | null>;
}

/** Goes through a chain from its first link, and stops at the first that is not what the sealer left. */
export async function verifyChain({ chain, keys, pages, keptHead, findOverdue }: ChainEvidence): Promise<ChainVerdict> {
  let head: ChainHead | null = null;
  for await (const page of pages) {
    for (const link of page) {
      const fault = await linkFault(chain, keys, head, link, keptHead);
      if (fault !== null) return { ok: false, chain, sealed: head?.position ?? 0, fault };
      head = { chain, position: link.seal.position, mac: link.seal.mac };
    }
  }
  const sealed = head?.position ?? 0;
  if (keptHead !== null && keptHead.position > sealed) {
    return { ok: false, chain, sealed, fault: { kind: "head_missing", position: sealed + 1, entryId: null } };
  }
  const overdue = await findOverdue();
  if (overdue !== null) {
    return { ok: false, chain, sealed, fault: { kind: "unsealed", position: null, entryId: overdue } };
  }
  return { ok: true, chain, sealed, head };
}

async function linkFault(
  chain: string,
  keys: AuditKeys,
  head: ChainHead | null,
  { seal, entry }: ChainLink,
  keptHead: ChainHead | null,
): Promise<ChainFault | null> {
  const expected = (head?.position ?? 0) + 1;
  const fault = (kind: ChainFault["kind"], position = seal.position): ChainFault => ({
    kind,
    position,
    entryId: seal.entryId,
  });
  if (seal.position > expected) return { kind: "seal_missing", position: expected, entryId: null };
  if (seal.position < expected) return fault("seal_repeated");
  if (entry === null) return fault("entry_missing");
  if (chainOf(entry.orgId) !== chain) return fault("entry_foreign");
  const key = await keys.byVersion.get(seal.keyVersion);
  if (key === undefined) return fault("key_unknown");
  // Texts are compared, not bytes: four texts of base64 are the same bytes, and none but one of them was written.
  if ((await linkMac(key, head?.mac ?? null, { ...seal, chain }, entry)) !== seal.mac) return fault("mac_wrong");
  if (keptHead?.position === seal.position && keptHead.mac !== seal.mac) return fault("head_wrong");
  return null;
}
