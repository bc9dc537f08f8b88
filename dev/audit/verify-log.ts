import { UNSEALED_GRACE_MS, verifyChain, type AuditKeys, type ChainHead, type ChainVerdict } from "#audit";
import { findOverdue, readChain, readChains, type Database } from "#store";

export interface VerifyLogOptions {
  readonly db: Database;
  readonly keys: AuditKeys;
  /** One chain alone: an organization's id, or `platform`. */
  readonly only: string | null;
  /** Heads that were kept elsewhere, by chain. */
  readonly keptHeads: ReadonlyMap<string, ChainHead>;
  readonly nowMs: number;
}

/** Verifies every chain, also those of which nothing is left but a kept head; one after the other, a page at a time. */
export async function* verifyLog(options: VerifyLogOptions): AsyncGenerator<ChainVerdict> {
  const { db, keys, keptHeads, nowMs } = options;
  const overdueBefore = new Date(nowMs - UNSEALED_GRACE_MS);
  for await (const chain of chainsOf(options)) {
    yield await verifyChain({
      chain,
      keys,
      pages: readChain(db, chain),
      keptHead: keptHeads.get(chain) ?? null,
      findOverdue: () => findOverdue(db, chain, overdueBefore),
    });
  }
}

async function* chainsOf({ db, only, keptHeads }: VerifyLogOptions): AsyncGenerator<string> {
  if (only !== null) {
    yield only;
    return;
  }
  const unseen = new Set(keptHeads.keys());
  for await (const chain of readChains(db)) {
    unseen.delete(chain);
    yield chain;
  }
  yield* unseen;
}
