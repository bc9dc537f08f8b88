import { z } from "zod";

const difference = z.object({
  id: z.string(),
  kind: z.string(),
  amount_nano: z.string(),
  balance_nano: z.string(),
  receipt_id: z.string().nullable(),
  transaction_id: z.string().nullable(),
});
const report = z.object({
  org_id: z.string(),
  state: z.enum(["compared", "moving", "behind", "unreachable", "failed"]),
  receipts_compared: z.int(),
  settlement_lag_ms: z.number().nullable(),
  set_aside: z.int().nullable(),
  leases_lost: z.int().nullable(),
  unobserved: z.int().nullable(),
  differences: z.array(difference),
});
const page = z.object({ organizations: z.array(report), next: z.string().nullable() });

export type ReportedOrganization = z.infer<typeof report>;

export interface ReconcileDoor {
  readonly consoleUrl: string;
  readonly internalToken: string;
}

/** A page is twenty organizations, each over its whole ledger. */
const CALL_TIMEOUT_MS = 120_000;
const PAGES_MAX = 10_000;

/** Has the console compare every organization, or one alone, and yields what it found of each. */
export async function* askReconcile(
  { consoleUrl, internalToken }: ReconcileDoor,
  only: string | null,
): AsyncGenerator<ReportedOrganization> {
  let after: string | null = "";
  for (let pages = 0; pages < PAGES_MAX && after !== null; pages += 1) {
    const query: URLSearchParams = new URLSearchParams(only === null ? { after } : { after, org: only });
    const response = await fetch(`${consoleUrl}/internal/reconcile?${query.toString()}`, {
      method: "POST",
      headers: { authorization: `Bearer ${internalToken}` },
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`the reconciliation answered ${response.status}`);
    const { organizations, next } = page.parse(await response.json());
    yield* organizations;
    after = next;
  }
}
