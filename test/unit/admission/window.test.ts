import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constantCost, START_MS, TestAccount } from "./account-fixture.ts";

const MINUTE_MS = 60_000;

/** The most that any real window of 60 s holds: every window that begins with an event is looked at. */
function busiestMinute(events: readonly { atMs: number; weight: number }[]): number {
  const sums = events.map(({ atMs }) =>
    events
      .filter((other) => other.atMs >= atMs && other.atMs < atMs + MINUTE_MS)
      .reduce((sum, other) => sum + other.weight, 0),
  );
  return Math.max(0, ...sums);
}

const arrivals = fc.array(
  fc.record({
    waitMs: fc.oneof(fc.nat({ max: 1_500 }), fc.nat({ max: 40_000 })),
    tokens: fc.integer({ min: 1, max: 40 }),
  }),
  { maxLength: 80 },
);

describe("the sliding minute", () => {
  it("holds in every real window of 60 s, for requests and for tokens", () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 6 }), fc.integer({ min: 40, max: 150 }), (list, rpm, tpm) => {
        const account = new TestAccount({ key: { requestsPerMinute: rpm, tokensPerMinute: tpm } });
        const admitted: { atMs: number; tokens: number }[] = [];
        for (const { waitMs, tokens } of list) {
          account.nowMs += waitMs;
          const result = account.admit(account.command(constantCost(0n, tokens)));
          if (result.ok) admitted.push({ atMs: account.nowMs, tokens });
        }
        expect(busiestMinute(admitted.map(({ atMs }) => ({ atMs, weight: 1 })))).toBeLessThanOrEqual(rpm);
        expect(busiestMinute(admitted.map(({ atMs, tokens }) => ({ atMs, weight: tokens })))).toBeLessThanOrEqual(tpm);
      }),
      { numRuns: 300 },
    );
  });

  it("tells exactly when the next request fits: not one millisecond earlier", () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 6 }), fc.integer({ min: 40, max: 150 }), (list, rpm, tpm) => {
        const account = new TestAccount({ key: { requestsPerMinute: rpm, tokensPerMinute: tpm } });
        for (const { waitMs, tokens } of list) {
          account.nowMs += waitMs;
          account.admit(account.command(constantCost(0n, tokens)));
        }
        const result = account.admit(account.command(constantCost(0n, 40)));
        fc.pre(!result.ok && result.refusal.code === "rate_limit_tokens");
        const waitMs = result.ok ? 0 : (result.refusal.retryAfterMs ?? 0);
        expect(waitMs).toBeGreaterThan(0);
        account.nowMs += waitMs - 1;
        expect(account.admit(account.command(constantCost(0n, 40))).ok).toBe(false);
        account.nowMs += 1;
        expect(account.admit(account.command(constantCost(0n, 40))).ok).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("still counts a request at the very start of a second 60 seconds later", () => {
    const account = new TestAccount({ key: { requestsPerMinute: 1 } });
    account.nowMs = START_MS + 999;
    account.open(0n);
    account.nowMs = START_MS + 60_998;
    expect(account.admit(account.command(constantCost(0n))).ok).toBe(false);
    account.nowMs = START_MS + 61_000;
    expect(account.admit(account.command(constantCost(0n))).ok).toBe(true);
  });

  it("replaces the admitted bound by what was really used, in the second of the admission", () => {
    const account = new TestAccount({ key: { tokensPerMinute: 100 } });
    const id = account.open(0n, 90);
    account.nowMs += 30_000;
    expect(account.admit(account.command(constantCost(0n, 20))).ok).toBe(false);
    account.settle(id, 0n, { units: { input: 5, cached_read: 3, output: 12, reasoning: 10, searches: 99 } });
    const result = account.admit(account.command(constantCost(0n, 70)));
    expect(result.ok && result.admission.limits.tokens).toEqual({ limit: 100, remaining: 0, resetMs: 61_000 });
    account.nowMs = START_MS + 61_000;
    expect(account.admit(account.command(constantCost(0n, 30))).ok).toBe(true);
  });

  it("a late settle of a call from an earlier minute gives nothing back", () => {
    const account = new TestAccount({ key: { tokensPerMinute: 100 } });
    const old = account.open(0n, 100);
    account.nowMs += 2 * MINUTE_MS;
    account.open(0n, 60);
    account.settle(old, 0n, { units: {} });
    expect(account.admit(account.command(constantCost(0n, 41))).ok).toBe(false);
    expect(account.admit(account.command(constantCost(0n, 40))).ok).toBe(true);
  });

  it("keeps at most 61 seconds per key, in memory and in the rows", () => {
    const account = new TestAccount();
    for (let second = 0; second < 300; second += 1) {
      account.nowMs += 1_000;
      account.settle(account.open(0n), 0n);
    }
    expect(account.state.keys.get(account.key.hash)?.buckets.size).toBe(61);
    expect(account.rows.stored().keyWindows).toHaveLength(61);
  });

  it("of an idle key is forgotten by pruning, in bounded steps, and what still counts is kept", () => {
    const account = new TestAccount({ key: { requestsPerMinute: 5 }, limits: { pruneStepMax: 2 } });
    for (let second = 0; second < 3; second += 1) {
      account.open(0n);
      account.nowMs += 1_000;
    }
    account.nowMs += 70_000;
    account.restart();
    expect([account.prune(), account.prune()]).toEqual([true, false]);
    expect(account.rows.stored().keyWindows).toEqual([]);
    account.open(0n);
    account.prune();
    expect(account.rows.stored().keyWindows).toHaveLength(1);
  });

  it("a clock that goes back counts what it has seen: too strict, never too loose", () => {
    const account = new TestAccount({ key: { requestsPerMinute: 1 } });
    account.open(0n);
    account.nowMs -= 10_000;
    expect(account.admit(account.command(constantCost(0n))).ok).toBe(false);
  });
});
