import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ERRORS, type ErrorCode } from "#kernel";
import { nextStep, type StepQuestion } from "#routing";
import {
  BACKOFF_BASE_MS,
  BACKOFF_MAX_MS,
  MAX_ATTEMPTS,
  MAX_ATTEMPTS_IN_ALL,
  MAX_HONOURED_WAIT_MS,
  MIN_ATTEMPT_MS,
} from "../../../src/routing/next-step.ts";
import { full, zero } from "./fixture.ts";

const fault = (code: ErrorCode, change: Partial<StepQuestion["fault"]> = {}): StepQuestion["fault"] => ({
  code,
  retryable: true,
  retryAfterMs: null,
  ...change,
});
const failure: StepQuestion = {
  fault: fault("upstream_error"),
  attemptHere: 1,
  attemptsInAll: 1,
  candidatesLeft: 0,
  outputStarted: false,
  elapsedMs: 0,
  deadlineMs: 60_000,
};
const alone = (change: Partial<StepQuestion>, random = zero) => nextStep({ ...failure, ...change }, random);
const amongMore = (change: Partial<StepQuestion>) => nextStep({ ...failure, candidatesLeft: 2, ...change }, zero);

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the one table of codes
const CODES = Object.keys(ERRORS) as ErrorCode[];
const anyQuestion = fc.record({
  fault: fc.record({
    code: fc.constantFrom(...CODES),
    retryable: fc.boolean(),
    retryAfterMs: fc.option(fc.nat(10_000)),
  }),
  attemptHere: fc.integer({ min: 1, max: 5 }),
  attemptsInAll: fc.integer({ min: 1, max: 9 }),
  candidatesLeft: fc.nat(3),
  outputStarted: fc.boolean(),
  elapsedMs: fc.nat(100_000),
  deadlineMs: fc.nat(100_000),
});

describe("what follows a failed attempt", () => {
  it("G21: nothing after the first output byte, whatever failed and wherever else it could go", () => {
    fc.assert(
      fc.property(anyQuestion, (question) => {
        const step = nextStep({ ...question, outputStarted: true }, full);
        expect(step).toEqual({ type: "stop", reason: "output_started" });
      }),
    );
  });

  it("never more attempts than the bounds, nor one beyond the deadline", () => {
    fc.assert(
      fc.property(anyQuestion, (question) => {
        const step = nextStep(question, full);
        if (step.type === "stop") return;
        const waitMs = step.type === "retry" ? step.waitMs : 0;
        expect(question.attemptsInAll).toBeLessThan(MAX_ATTEMPTS_IN_ALL);
        expect(question.elapsedMs + waitMs + MIN_ATTEMPT_MS).toBeLessThanOrEqual(question.deadlineMs);
        if (step.type === "retry") expect(question.attemptHere).toBeLessThan(MAX_ATTEMPTS);
        else expect(question.candidatesLeft).toBeGreaterThan(0);
      }),
    );
  });

  it.each(["upstream_invalid_request", "response_too_large"] as const)("stops at the caller's own %s", (code) => {
    expect(amongMore({ fault: fault(code) })).toEqual({ type: "stop", reason: "not_retryable" });
  });

  it.each([
    "upstream_rejected",
    "upstream_rate_limited",
    "upstream_overloaded",
    "upstream_timeout",
    "byok_key_rejected",
  ] as const)("goes on at once after %s", (code) => {
    expect(amongMore({ fault: fault(code, { retryable: false }) })).toEqual({ type: "next" });
    expect(amongMore({ fault: fault(code) })).toEqual({ type: "next" });
  });

  it("tries the same endpoint once more after a passing fault, then the next", () => {
    expect(amongMore({})).toMatchObject({ type: "retry" });
    expect(amongMore({ attemptHere: 2, attemptsInAll: 2 })).toEqual({ type: "next" });
  });

  it("does not wait long where another endpoint need not be waited for", () => {
    const slow = fault("upstream_error", { retryAfterMs: MAX_HONOURED_WAIT_MS + 1 });
    expect(amongMore({ fault: slow })).toEqual({ type: "next" });
    expect(alone({ fault: slow })).toEqual({ type: "stop", reason: "wait_too_long" });
    const waiting = fault("upstream_error", { retryAfterMs: 3_000 });
    expect(amongMore({ fault: waiting, deadlineMs: 3_500 })).toEqual({ type: "next" });
  });

  it("alone: only for faults that can pass, and a bounded number of times", () => {
    const lasting = fault("upstream_rejected", { retryable: false });
    expect(alone({ fault: lasting })).toEqual({ type: "stop", reason: "not_retryable" });
    expect(alone({ attemptHere: MAX_ATTEMPTS - 1 })).toMatchObject({ type: "retry" });
    expect(alone({ attemptHere: MAX_ATTEMPTS })).toEqual({ type: "stop", reason: "attempts" });
  });

  it("waits with full jitter up to an exponential bound, never before the provider's own wait is over", () => {
    expect(alone({})).toEqual({ type: "retry", waitMs: 0 });
    expect(alone({}, full)).toEqual({ type: "retry", waitMs: BACKOFF_BASE_MS - 1 });
    expect(alone({ attemptHere: 2 }, full)).toEqual({ type: "retry", waitMs: 2 * BACKOFF_BASE_MS - 1 });
    expect(BACKOFF_BASE_MS * 2 ** (MAX_ATTEMPTS - 1)).toBeLessThanOrEqual(BACKOFF_MAX_MS);
    const limited = fault("upstream_rate_limited", { retryAfterMs: 2_000 });
    expect(alone({ fault: limited })).toEqual({ type: "retry", waitMs: 2_000 });
    expect(alone({ fault: limited }, full)).toEqual({ type: "retry", waitMs: 2_000 + BACKOFF_BASE_MS - 1 });
  });

  it("not when the caller's deadline leaves no time for another attempt", () => {
    expect(alone({ elapsedMs: 5_000, deadlineMs: 5_000 + MIN_ATTEMPT_MS })).toMatchObject({ type: "retry" });
    const late = alone({ elapsedMs: 5_001, deadlineMs: 5_000 + MIN_ATTEMPT_MS });
    expect(late).toEqual({ type: "stop", reason: "deadline" });
  });
});
