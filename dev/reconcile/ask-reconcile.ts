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
  ended_next: z.int().nullable(),
  settlement_lag_ms: z.number().nullable(),
  set_aside: z.int().nullable(),
  leases_lost: z.int().nullable(),
  unobserved: z.int().nullable(),
  drifted: z.int().nullable(),
  differences: z.array(difference),
});
const page = z.object({ organizations: z.array(report), next: z.string().nullable() });

export type ReportedOrganization = z.infer<typeof report>;

export interface ReconcileDoor {
  readonly consoleUrl: string;
  readonly internalToken: string;
}

/** A page is twenty organizations, each over its last year. */
const CALL_TIMEOUT_MS = 120_000;
const PAGES_MAX = 10_000;
/** Turns of one organization: of ten thousand calls each. */
const TURNS_MAX = 1_000;

/** Has the console compare every organization, or one alone, all calls of each, and yields what it found. */
export async function* askReconcile(door: ReconcileDoor, only: string | null): AsyncGenerator<ReportedOrganization> {
  let after: string | null = "";
  for (let pages = 0; pages < PAGES_MAX && after !== null; pages += 1) {
    const { organizations, next }: z.infer<typeof page> = await askPage(
      door,
      only === null ? { after } : { after, org: only },
    );
    for (const report of organizations) yield await askRest(door, report);
    after = next;
  }
}

/** One turn compares some thousands of calls: it is given turns until all are, or one cannot be compared. */
async function askRest(door: ReconcileDoor, first: ReportedOrganization): Promise<ReportedOrganization> {
  let whole = first;
  for (let turns = 0; turns < TURNS_MAX && whole.state === "compared" && whole.ended_next !== null; turns += 1) {
    const { organizations } = await askPage(door, { org: first.org_id, cursor: String(whole.ended_next) });
    const [more] = organizations;
    if (more === undefined) throw new Error(`${first.org_id} is gone`);
    const differences = new Map([...whole.differences, ...more.differences].map((one) => [one.id, one]));
    const receipts_compared = whole.receipts_compared + more.receipts_compared;
    whole = { ...more, receipts_compared, differences: [...differences.values()] };
  }
  return whole;
}

async function askPage(
  { consoleUrl, internalToken }: ReconcileDoor,
  query: Readonly<Record<string, string>>,
): Promise<z.infer<typeof page>> {
  const response = await fetch(`${consoleUrl}/internal/reconcile?${new URLSearchParams(query).toString()}`, {
    method: "POST",
    headers: { authorization: `Bearer ${internalToken}` },
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the reconciliation answered ${response.status}`);
  return page.parse(await response.json());
}
