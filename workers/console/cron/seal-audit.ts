import { chainOf, extendChain, type AuditEntry, type AuditKeys, type ChainHead } from "#audit";
import { appendSeals, countOverdue, readHead, readUnsealed, type Database } from "#store";
import type { Logger } from "../../http/logger.ts";

export interface SealerOptions {
  readonly db: Database;
  readonly keys: AuditKeys;
  readonly clock: () => number;
  readonly logger: Logger;
  /** Looks at the whole log, not only at its last day: what was written with an old id, or waited through an outage. */
  readonly isWhole: boolean;
}

export interface SealReport {
  readonly sealed: number;
  /** Chains of which a part could not be sealed. */
  readonly failed: number;
  /** Entries that are left though they are older than the sealer's promise. */
  readonly unsealed: number;
  readonly heads: readonly ChainHead[];
}

/** One pass reads at most so many entries; a run makes passes until nothing waits, or one of these is reached. */
const ENTRIES_PER_PASS = 500;
const PASSES_MAX = 200;
const RUN_MS_MAX = 20_000;
/** Chains at once; workerd allows six open connections per request. */
const PARALLEL_CHAINS = 4;
/** What the sealer promises (design PRIVACY section 6). */
const SEALED_WITHIN_MS = 60_000;
/** No transaction is open as long as this, so whatever the last day's runs did not see is younger. */
const RECENT_MS = 86_400_000;

/**
 * Links what waits to its organizations' chains. Two runs at once are safe: of two that extend the same chain one is
 * refused whole, and reads again what is left. A run that is killed leaves chains that are shorter, and right.
 */
export async function sealAudit(options: SealerOptions): Promise<SealReport> {
  const { db, clock, logger, isWhole } = options;
  const startMs = clock();
  const sweep = { sinceMs: isWhole ? null : startMs - RECENT_MS };
  const heads = new Map<string, ChainHead>();
  const failed = new Set<string>();
  let sealed = 0;
  let isDrained = false;
  for (let pass = 0; pass < PASSES_MAX && !isDrained && clock() - startMs < RUN_MS_MAX; pass += 1) {
    // Chains that failed are passed over: one that cannot be sealed keeps no other from it.
    const waiting = { ...sweep, exceptChains: [...failed], limit: ENTRIES_PER_PASS };
    const entries = await readUnsealed(db, waiting);
    sealed += await sealPass(options, entries, heads, failed);
    isDrained = entries.length === 0;
  }
  const isComplete = isDrained && failed.size === 0;
  const unsealed = isComplete ? 0 : await countOverdue(db, sweep, new Date(startMs - SEALED_WITHIN_MS));
  const report = { sealed, failed: failed.size, unsealed, heads: [...heads.values()] };
  logReport(logger, report);
  return report;
}

async function sealPass(
  options: SealerOptions,
  entries: readonly AuditEntry[],
  heads: Map<string, ChainHead>,
  failed: Set<string>,
): Promise<number> {
  const chains = [...Map.groupBy(entries, ({ orgId }) => chainOf(orgId))];
  let sealed = 0;
  for (let start = 0; start < chains.length; start += PARALLEL_CHAINS) {
    const group = chains.slice(start, start + PARALLEL_CHAINS);
    await Promise.all(
      group.map(async ([chain, waiting]) => {
        try {
          const head = await sealChain(options, chain, waiting);
          if (head === null) return;
          heads.set(chain, head);
          sealed += waiting.length;
        } catch {
          // What the database said may quote an entry; that it failed is counted and logged.
          failed.add(chain);
        }
      }),
    );
  }
  return sealed;
}

/** Answers the chain's new end; null when another sealer was there first, and nothing was changed. */
async function sealChain(
  { db, keys, clock }: SealerOptions,
  chain: string,
  entries: readonly AuditEntry[],
): Promise<ChainHead | null> {
  const seals = await extendChain(chain, await readHead(db, chain), entries, { keys, sealedAtMs: clock() });
  const last = seals.at(-1);
  if (last === undefined || !(await appendSeals(db, seals))) return null;
  return { chain, position: last.position, mac: last.mac };
}

/** A head per chain that grew: the log is no part of the database, and remembers what a cut-back chain has lost. */
function logReport(logger: Logger, { sealed, failed, unsealed, heads }: SealReport): void {
  for (const { chain, position, mac } of heads) logger("info", { message: "audit_chain_head", chain, position, mac });
  if (sealed + failed + unsealed === 0) return;
  logger(failed + unsealed > 0 ? "error" : "info", { message: "audit_sealed", sealed, failed, unsealed });
}
