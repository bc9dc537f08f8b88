import { AppError } from "#kernel";
import type { ConsoleServices } from "../compose.ts";
import { reconcilePage } from "../cron/reconcile.ts";
import type { OrganizationReport } from "../cron/reconcile-organization.ts";
import { hasInternalToken } from "./internal-token.ts";

/**
 * `POST /internal/reconcile`: compares a page of organizations over their whole ledgers and answers what was found.
 * `?after=org_…` goes on behind that one, `?org=org_…` takes one alone. Without the internal token it is as if there were
 * nothing here.
 */
export async function internalReconcile(
  request: Request,
  { db, accounts, internalToken }: ConsoleServices,
  nowMs: number,
): Promise<Response> {
  if (!(await hasInternalToken(request, internalToken))) throw new AppError("not_found");
  const { searchParams } = new URL(request.url);
  const page = { after: searchParams.get("after") ?? "", only: searchParams.get("org") };
  const { organizations, next } = await reconcilePage({ db, accounts, nowMs }, page);
  return Response.json({ organizations: organizations.map(encodeReport), next });
}

function encodeReport({ orgId, state, differences, receiptsCompared, metrics }: OrganizationReport) {
  return {
    org_id: orgId,
    state,
    receipts_compared: receiptsCompared,
    settlement_lag_ms: metrics?.settlementLagMs ?? null,
    set_aside: metrics?.setAside ?? null,
    leases_lost: metrics?.leasesLost ?? null,
    unobserved: metrics?.unobserved ?? null,
    differences: differences.map(({ id, kind, amountNano, balanceNano, receiptId, transactionId }) => ({
      id,
      kind,
      amount_nano: amountNano.toString(),
      balance_nano: balanceNano.toString(),
      receipt_id: receiptId,
      transaction_id: transactionId,
    })),
  };
}
