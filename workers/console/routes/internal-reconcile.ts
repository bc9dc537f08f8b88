import { AppError } from "#kernel";
import type { ConsoleServices } from "../compose.ts";
import { reconcilePage } from "../cron/reconcile.ts";
import type { OrganizationReport } from "../cron/reconcile-organization.ts";
import { hasInternalToken } from "./internal-token.ts";

/**
 * `POST /internal/reconcile`: compares a page of organizations over their last year and answers what was found.
 * `?after=org_…` goes on behind that one, `?org=org_…` takes one alone, and `&cursor=N` goes on with its calls where
 * `ended_next` said. Without the internal token it is as if there were
 * nothing here.
 */
export async function internalReconcile(
  request: Request,
  { db, accounts, internalToken }: ConsoleServices,
  nowMs: number,
): Promise<Response> {
  if (!(await hasInternalToken(request, internalToken))) throw new AppError("not_found");
  const { searchParams } = new URL(request.url);
  const page = {
    after: searchParams.get("after") ?? "",
    only: searchParams.get("org"),
    endedCursor: readCursor(searchParams.get("cursor")),
  };
  const { organizations, next } = await reconcilePage({ db, accounts, nowMs }, page);
  return Response.json({ organizations: organizations.map(encodeReport), next });
}

function readCursor(text: string | null): number {
  const cursor = Number(text ?? "0");
  if (Number.isSafeInteger(cursor) && cursor >= 0) return cursor;
  throw new AppError("invalid_parameter", {
    param: "cursor",
    params: { param: "cursor", reason: "wants a whole number, as `ended_next` gives it." },
  });
}

function encodeReport({
  orgId,
  state,
  differences,
  receiptsCompared,
  endedNext,
  metrics,
  drifted,
}: OrganizationReport) {
  return {
    org_id: orgId,
    state,
    receipts_compared: receiptsCompared,
    ended_next: endedNext,
    drifted,
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
