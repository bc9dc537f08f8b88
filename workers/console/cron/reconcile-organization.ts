import type { AccountBooks, BooksQuestion, EndedCall, EndedCalls, EndedQuestion } from "#admission";
import { nanoUsd } from "#kernel";
import {
  compareBooks,
  countUnobserved,
  readExplained,
  readLedgerFaults,
  readReceipts,
  readReceiptsOf,
  readWallet,
  readWalletState,
  recordDifferences,
  UNAPPLIED_MAX,
  type Database,
  type DueOrganization,
  type ReceiptFault,
  type RecordedDifference,
  type RecordedReceipt,
  type WalletBooks,
} from "#store";
import { mendDrift, type ControlReader } from "./mend-drift.ts";

/** The way to an Account object, for its books alone. Rejects when it does not answer. */
export interface AccountReader extends ControlReader {
  reconcile(account: Pick<DueOrganization, "region" | "locator">, question: BooksQuestion): Promise<AccountBooks>;
  endedCalls(account: Pick<DueOrganization, "region" | "locator">, question: EndedQuestion): Promise<EndedCalls>;
}

export interface ReconcileOptions {
  readonly db: Database;
  readonly accounts: AccountReader;
  readonly nowMs: number;
  /** How far back postings are looked through. */
  readonly lookBackMs: number;
}

/** How one organization was found. Only `compared` says that there is no difference but those named. */
export interface OrganizationReport {
  readonly orgId: string;
  /**
   * `moving`: it never stood still between two looks. `behind`: too much waits for the ledger. `unreachable`: its object
   * did not answer. `failed`: the database refused a look. All are tried again.
   */
  readonly state: "compared" | "moving" | "behind" | "unreachable" | "failed";
  readonly differences: readonly RecordedDifference[];
  readonly receiptsCompared: number;
  /** Where the comparison of receipts goes on; null where every call in the object's memory was compared. */
  readonly endedNext: number | null;
  readonly metrics: OrganizationMetrics | null;
  /** Records that the object was told and did not have: they are told again. Null where that could not be said. */
  readonly drifted: number | null;
}

export interface OrganizationMetrics {
  readonly settlementLagMs: number;
  readonly setAside: number;
  readonly leasesLost: number;
  /** Calls of the last day whose end nobody saw. */
  readonly unobserved: number;
}

/** Looks that an organization is given to stand still in. */
const LOOKS_MAX = 5;
/** Ended calls are compared in pages, so many of them in one turn; the next turn goes on there. */
const ENDED_PAGE = 1_000;
const ENDED_PAGES_MAX = 10;
/** Postings that are off whose receipts are looked at one by one. */
const NAMED_POSTINGS_MAX = 50;
const FOR_EVER_MS = Number.MAX_SAFE_INTEGER;
const HOUR_MS = 3_600_000;
/** What the object remembers, and an hour for what was posted late. */
export const WINDOW_MS = 25 * HOUR_MS;

/**
 * Compares one organization's object with its ledger, and records what differs. Changes nothing else, and never throws:
 * one organization that cannot be compared keeps nobody else from it.
 */
export async function reconcileOrganization(
  options: ReconcileOptions,
  account: DueOrganization,
): Promise<OrganizationReport> {
  try {
    return await reconcileOne(options, account);
  } catch (cause) {
    return {
      ...nothingOf(account),
      drifted: null,
      state: cause instanceof AccountSilent ? "unreachable" : "failed",
      metrics: null,
    };
  }
}

async function reconcileOne(options: ReconcileOptions, account: DueOrganization): Promise<OrganizationReport> {
  const reader: ControlReader = { controlVersions: (one) => asked(options.accounts.controlVersions(one)) };
  const drifted = await mendDrift(options.db, reader, account);
  const books = await standstill(options, account);
  const metrics = await metricsOf(options, account, books.object);
  if (books.state !== "compared") return { ...nothingOf(account), drifted, state: books.state, metrics };
  const { waiting } = books.object;
  if (waiting === null) return { ...nothingOf(account), drifted, state: "behind", metrics };
  const compared = await compareReceipts(options, account);
  const explained = await readExplained(options.db, account.orgId);
  const found = compareBooks({ ...books, ...compared, object: { ...books.object, waiting }, explained });
  const differences = await recordDifferences(options.db, account.orgId, found);
  const { receiptsCompared, endedNext } = compared;
  return { orgId: account.orgId, state: "compared", differences, receiptsCompared, endedNext, metrics, drifted };
}

const nothingOf = ({ orgId, endedCursor }: DueOrganization) => ({
  orgId,
  differences: [],
  receiptsCompared: 0,
  endedNext: endedCursor,
});

/** The object did not answer: what it would have said is not known. */
class AccountSilent extends Error {
  override readonly name = "AccountSilent";
}

async function asked<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (cause) {
    throw new AccountSilent("the Account object did not answer", { cause });
  }
}

type Standstill =
  | { readonly state: "compared"; readonly object: AccountBooks; readonly wallet: WalletBooks }
  | { readonly state: "moving" | "behind"; readonly object: AccountBooks | null };

/** The object's books between two looks at the ledger of which nothing differs: all three are of one moment. */
async function standstill({ db, accounts }: ReconcileOptions, account: DueOrganization): Promise<Standstill> {
  let object: AccountBooks | null = null;
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const before = await readWalletState(db, account.orgId);
    if (before.unapplied.length > UNAPPLIED_MAX) return { state: "behind", object };
    const entryIds = before.unapplied.map(({ entryId }) => entryId);
    object = await asked(accounts.reconcile(account, { entryIds }));
    const flushIds = object.frozen.map(({ flushId }) => flushId);
    const wallet = await readWallet(db, account.orgId, flushIds);
    if (wallet.version === before.version) return { state: "compared", object, wallet };
  }
  return { state: "moving", object };
}

async function metricsOf(
  { db, nowMs }: ReconcileOptions,
  { orgId }: DueOrganization,
  object: AccountBooks | null,
): Promise<OrganizationMetrics | null> {
  if (object === null) return null;
  const { settlementLagMs, setAside, counters } = object;
  const unobserved = await countUnobserved(db, orgId, new Date(nowMs - WINDOW_MS));
  return { settlementLagMs, setAside, leasesLost: counters.leasesLost ?? 0, unobserved };
}

/**
 * Every receipt in the object's memory against its row, page by page; and those of each transaction that is off, wherever
 * the pages are. The object is asked first: what it no longer has in its outbox then, the ledger has now.
 */
async function compareReceipts(options: ReconcileOptions, account: DueOrganization) {
  const { db, accounts, nowMs } = options;
  const found = new Map<string, ReceiptFault>();
  let receiptsCompared = 0;
  let after: number | null = account.endedCursor;
  for (let page = 0; page < ENDED_PAGES_MAX && after !== null; page += 1) {
    const range: EndedQuestion = { fromMs: nowMs - WINDOW_MS, toMs: FOR_EVER_MS, after, limit: ENDED_PAGE };
    const ended: EndedCalls = await asked(accounts.endedCalls(account, range));
    const ids = ended.calls.map(({ id }) => id);
    const recorded = await readReceipts(db, account.orgId, ids);
    for (const fault of receiptFaults(ended.calls, recorded)) found.set(fault.receiptId, fault);
    receiptsCompared += ended.calls.length;
    after = ended.next;
  }
  const faults = await readLedgerFaults(db, account.orgId, new Date(nowMs - options.lookBackMs));
  for (const { transactionId } of faults.postings.slice(0, NAMED_POSTINGS_MAX)) {
    const recorded = await readReceiptsOf(db, account.orgId, transactionId);
    const ids = recorded.map(({ id }) => id).slice(0, ENDED_PAGE);
    const { calls } = await asked(accounts.endedCalls(account, { ids }));
    for (const fault of receiptFaults(calls, recorded)) found.set(fault.receiptId, fault);
  }
  return { faults, receipts: [...found.values()], receiptsCompared, endedNext: after };
}

function receiptFaults(calls: readonly EndedCall[], recorded: readonly RecordedReceipt[]): ReceiptFault[] {
  const byId = new Map(recorded.map((receipt) => [receipt.id, receipt]));
  return calls.flatMap(({ id, costNano, isWaiting }): ReceiptFault[] => {
    const row = byId.get(id);
    if (row === undefined) {
      if (isWaiting) return [];
      return [{ receiptId: id, transactionId: null, amountNano: nanoUsd(0n - (costNano ?? 0n)) }];
    }
    if (costNano === null || costNano === row.costNano) return [];
    return [{ receiptId: id, transactionId: row.transactionId, amountNano: nanoUsd(row.costNano - costNano) }];
  });
}
