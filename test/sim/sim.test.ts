import { describe, expect, it } from "vitest";
import { Statistics } from "./actors/statistics.ts";
import { runSeed, type RunResult } from "./run-seed.ts";

/** Seeds that between them catch every mutant of test/mutants/sim-*, most by two of them, so that not every change needs others. */
const SEEDS = [2, 4, 11, 12, 13, 15, 17, 21, 22, 23, 27, 29, 39, 48, 104, 107, 109, 110] as const;
const STEPS = 12_000;
/** Alone a run takes a second; not so on a machine that is busy. */
const TIMEOUT_MS = 60_000;

const results = new Map<number, RunResult>();

describe("a simulated organization, its gateways, its account and its ledger", () => {
  it.each(SEEDS)(
    "keeps every invariant of the money through any trouble (seed %i)",
    { timeout: TIMEOUT_MS },
    async (seed) => {
      const result = await runSeed(seed, STEPS);
      results.set(seed, result);
      expect(result.report?.join("\n") ?? "").toBe("");
    },
  );

  it("is the same run again from the same seed, and another from another", { timeout: TIMEOUT_MS }, async () => {
    const [one, again, other] = [await runSeed(1, 3_000), await runSeed(1, 3_000), await runSeed(2, 3_000)];
    expect(fingerprint(again)).toBe(fingerprint(one));
    expect(fingerprint(other)).not.toBe(fingerprint(one));
  });

  it("has seen all that it is for", () => {
    const all = new Statistics();
    for (const { statistics } of results.values()) all.add(statistics);
    const unseen = EXPECTED.filter((name) => all.of(name) === 0);
    expect(unseen).toEqual([]);
  });
});

/** What must have happened at least once, or the seeds above prove little. */
const EXPECTED = [
  "account: corrected",
  "account: leases",
  "account: leasesLost",
  "account: overHold",
  "account: restarts",
  "account: swept",
  "admitted by a lease",
  "admitted by the account",
  "calls lost with their isolate",
  "clocks jumped",
  "extended by the account",
  "extended by the lease",
  "isolates died",
  "ledger outages",
  "partitions",
  "poison retried",
  "refused: budget_exceeded",
  "refused: credit_reserved",
  "refused: idempotency_key_reused",
  "refused: insufficient_credit",
  "refused: key_budget_exceeded",
  "refused: organization_suspended",
  "refused: rate_limit_concurrency",
  "refused: rate_limit_requests",
  "refused: rate_limit_tokens",
  "requests dropped",
  "settlement: unacknowledged",
];

function fingerprint({ steps, virtualMs, costNano, statistics, flushes }: RunResult): string {
  return JSON.stringify([steps, virtualMs, costNano.toString(), statistics.lines(), flushes]);
}
