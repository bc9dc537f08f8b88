import { markReconciled, readDueOrganizations, readOrganizations, type DueOrganization } from "#store";
import type { Logger } from "../../http/logger.ts";
import {
  reconcileOrganization,
  WINDOW_MS,
  type OrganizationReport,
  type ReconcileOptions,
} from "./reconcile-organization.ts";

/** How often an organization has its turn. */
const TURN_EVERY_MS = 6 * 3_600_000;
/** One run takes at most so many, and begins none after so long; the cron comes again in a minute. */
const ORGANIZATIONS_PER_RUN = 30;
const RUN_MS_MAX = 20_000;
/** Organizations at once; workerd allows six open connections per request. */
const PARALLEL = 3;
const PAGE_MAX = 20;
/** Receipts are kept for thirteen months: of older postings nobody can say what they were for. */
const LOOK_BACK_MS = 365 * 24 * 3_600_000;
/** Beyond it an organization's receipts reach the ledger too late to call it settled. */
const LAG_SHOWN_MS = 60_000;

export interface ReconcileReport {
  readonly organizations: readonly OrganizationReport[];
  /** Where the next page begins; null after the last. */
  readonly next: string | null;
}

type CronOptions = Omit<ReconcileOptions, "lookBackMs" | "nowMs"> & {
  readonly clock: () => number;
  readonly logger: Logger;
};

/** The cron's part: those whose turn it is, the longest unseen first, over their last day. */
export async function reconcileDue({ db, accounts, clock, logger }: CronOptions): Promise<void> {
  const startMs = clock();
  const due = await readDueOrganizations(db, new Date(startMs - TURN_EVERY_MS), ORGANIZATIONS_PER_RUN);
  const reports: OrganizationReport[] = [];
  for (let start = 0; start < due.length && clock() - startMs < RUN_MS_MAX; start += PARALLEL) {
    const group = due.slice(start, start + PARALLEL);
    // Before the look: one that kills the run has had its turn too, and does not come first again and again.
    for (const { orgId, endedCursor } of group) await markReconciled(db, orgId, new Date(startMs), endedCursor);
    const found = await reconcileEach({ db, accounts, nowMs: startMs, lookBackMs: WINDOW_MS }, group);
    for (const { orgId, state, endedNext } of found) {
      // Calls are left to compare: its next turn is the next run's. After the last it begins again, because what was right
      // yesterday is looked at once more while it is remembered.
      const isDueAgain = state === "compared" && endedNext !== null;
      const seenMs = isDueAgain ? startMs - TURN_EVERY_MS : startMs;
      await markReconciled(db, orgId, new Date(seenMs), endedNext ?? 0);
    }
    reports.push(...found);
  }
  logReports(logger, reports);
}

/**
 * An operator's part: a page of all organizations, each over its last year. `endedCursor`: where the comparison of one
 * organization's calls goes on.
 */
export async function reconcilePage(
  options: Omit<ReconcileOptions, "lookBackMs">,
  page: { readonly after: string; readonly only: string | null; readonly endedCursor?: number },
): Promise<ReconcileReport> {
  const found = await readOrganizations(options.db, { endedCursor: 0, ...page, limit: PAGE_MAX });
  const organizations: OrganizationReport[] = [];
  for (let start = 0; start < found.length; start += PARALLEL) {
    const group = found.slice(start, start + PARALLEL);
    organizations.push(...(await reconcileEach({ ...options, lookBackMs: LOOK_BACK_MS }, group)));
  }
  return { organizations, next: found.length < PAGE_MAX ? null : (found.at(-1)?.orgId ?? null) };
}

async function reconcileEach(options: ReconcileOptions, group: readonly DueOrganization[]) {
  return Promise.all(group.map((account) => reconcileOrganization(options, account)));
}

/** One line for the run, one for every new difference, and one for every organization whose metrics want a look. */
function logReports(logger: Logger, reports: readonly OrganizationReport[]): void {
  if (reports.length === 0) return;
  for (const { orgId, state, differences, metrics, drifted } of reports) {
    if (drifted !== null && drifted > 0) logger("error", { message: "account_drifted", org_id: orgId, drifted });
    if (state !== "compared") logger("warn", { message: `books_not_compared_${state}`, org_id: orgId });
    for (const { kind, amountNano, receiptId } of differences.filter(({ isNew }) => isNew)) {
      const receipt = receiptId === null ? {} : { request_id: receiptId };
      const amount_nano = amountNano.toString();
      logger("error", { message: "reconcile_difference", org_id: orgId, kind, amount_nano, ...receipt });
    }
    if (metrics === null) continue;
    const { settlementLagMs, setAside, leasesLost, unobserved } = metrics;
    // Lost leases are counted for ever: they are told beside the others, and are no news by themselves.
    if (settlementLagMs < LAG_SHOWN_MS && setAside + unobserved === 0) continue;
    logger("warn", {
      message: "account_metrics",
      org_id: orgId,
      settlement_lag_ms: settlementLagMs,
      set_aside: setAside,
      leases_lost: leasesLost,
      unobserved,
    });
  }
  const compared = reports.filter(({ state }) => state === "compared").length;
  const differences = reports.reduce((sum, report) => sum + report.differences.length, 0);
  const failed = reports.length - compared;
  logger(differences > 0 ? "error" : "info", { message: "books_reconciled", compared, differences, failed });
}
