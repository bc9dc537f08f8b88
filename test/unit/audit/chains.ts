import { extendChain, parseAuditKeys, type AuditEntry, type AuditKeys, type ChainLink } from "#audit";

export const ORG = "org_01jd2v5f9gfq2t0000000000aa";
export const OTHER_ORG = "org_01jd2v5f9gfq2t0000000000bb";
export const SEALED_AT_MS = Date.UTC(2026, 10, 30, 12, 0, 0, 7);

/** Keys of the given versions, each of other bytes. */
export const keysOf = (...versions: readonly number[]): AuditKeys =>
  parseAuditKeys(JSON.stringify(Object.fromEntries(versions.map((version) => [version, keyText(version)]))));

export const keyText = (version: number): string => Buffer.alloc(32, version).toString("base64");

export function makeEntry(seq: number, parts: Partial<AuditEntry> = {}): AuditEntry {
  return {
    seq: String(seq),
    id: `aud_01jd2v5f9gfq2t${String(seq).padStart(12, "0")}`,
    orgId: ORG,
    occurredAt: `1764500000.${String(seq).padStart(6, "0")}`,
    actorKind: "user",
    actorId: "usr_01jd2v5f9gfq2t0000000000aa",
    action: "key.created",
    targetId: "key_01jd2v5f9gfq2t0000000000aa",
    details: '{"values": {"budget_limit_nano": 9007199254740993}}',
    requestId: "req_1",
    ...parts,
  };
}

export const entriesOf = (count: number): AuditEntry[] =>
  Array.from({ length: count }, (_, index) => makeEntry(index + 1));

/** A chain as the sealer leaves it. */
export async function sealedChain(
  entries: readonly AuditEntry[],
  keys: AuditKeys = keysOf(1),
  chain: string = ORG,
): Promise<ChainLink[]> {
  const seals = await extendChain(chain, null, entries, { keys, sealedAtMs: SEALED_AT_MS });
  return seals.map((seal, index) => ({ seal, entry: entries[index] ?? null }));
}

/** In pages, as a store reads them. */
export async function* pagesOf(links: readonly ChainLink[], size = 2): AsyncGenerator<readonly ChainLink[]> {
  for (let start = 0; start < links.length; start += size)
    yield await Promise.resolve(links.slice(start, start + size));
}
