import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Endpoint, Model } from "#catalog";
import {
  BACKOFF_BASE_MS,
  BACKOFF_MAX_MS,
  candidates,
  MAX_ATTEMPTS,
  MAX_HONOURED_WAIT_MS,
  MIN_ATTEMPT_MS,
  shouldRetry,
  type RetryInput,
} from "#routing";

const endpoint = (provider: string): Endpoint => ({
  id: `${provider}/m`,
  provider,
  upstreamModel: "m",
  contextTokens: null,
  maxOutputTokens: null,
  prices: [],
  abort: "cancel",
  dataPolicy: { retention: "unknown", training: "unknown", regions: null, source: null },
});
const model: Model = {
  id: "a/m",
  name: "M",
  aliases: [],
  operations: ["chat.completions"],
  input: ["text"],
  output: ["text"],
  capabilities: [],
  endpoints: [endpoint("groq"), endpoint("openai"), endpoint("xai")],
};

describe("candidates", () => {
  it("are the endpoints whose provider is configured, in the catalogue's order", () => {
    expect(candidates(model, "chat.completions", new Set(["xai", "groq"])).map(({ provider }) => provider)).toEqual([
      "groq",
      "xai",
    ]);
    expect(candidates(model, "chat.completions", new Set())).toEqual([]);
  });

  it("are none for an operation that the model does not have", () => {
    expect(candidates(model, "embeddings", new Set(["groq"]))).toEqual([]);
  });
});

const zero = (length: number): Uint8Array => new Uint8Array(length);
const full = (length: number): Uint8Array => new Uint8Array(length).fill(255);
const failure: RetryInput = {
  fault: { retryable: true, retryAfterMs: null },
  attempt: 1,
  outputStarted: false,
  elapsedMs: 0,
  deadlineMs: 60_000,
};

describe("whether an attempt is made again", () => {
  it("G21: never after the first output byte, whatever failed", () => {
    const input = fc.record({
      fault: fc.record({ retryable: fc.boolean(), retryAfterMs: fc.option(fc.nat(10_000)) }),
      attempt: fc.integer({ min: 1, max: 5 }),
      outputStarted: fc.constant(true),
      elapsedMs: fc.nat(100_000),
      deadlineMs: fc.nat(100_000),
    });
    fc.assert(
      fc.property(input, (failed) => {
        expect(shouldRetry(failed, full)).toEqual({ retry: false, reason: "output_started" });
      }),
    );
  });

  it("only for faults that can pass, and a bounded number of times", () => {
    expect(shouldRetry({ ...failure, fault: { retryable: false, retryAfterMs: 1 } }, zero)).toEqual({
      retry: false,
      reason: "not_retryable",
    });
    expect(shouldRetry({ ...failure, attempt: MAX_ATTEMPTS - 1 }, zero)).toMatchObject({ retry: true });
    expect(shouldRetry({ ...failure, attempt: MAX_ATTEMPTS }, zero)).toEqual({ retry: false, reason: "attempts" });
  });

  it("waits with full jitter up to an exponential bound", () => {
    expect(shouldRetry(failure, zero)).toEqual({ retry: true, waitMs: 0 });
    expect(shouldRetry(failure, full)).toEqual({ retry: true, waitMs: BACKOFF_BASE_MS - 1 });
    expect(shouldRetry({ ...failure, attempt: 2 }, full)).toEqual({ retry: true, waitMs: 2 * BACKOFF_BASE_MS - 1 });
    expect(BACKOFF_BASE_MS * 2 ** (MAX_ATTEMPTS - 1)).toBeLessThanOrEqual(BACKOFF_MAX_MS);
  });

  it("never before the provider's own wait is over, and not at all when that is long", () => {
    const waiting = (retryAfterMs: number): RetryInput => ({ ...failure, fault: { retryable: true, retryAfterMs } });
    expect(shouldRetry(waiting(2_000), zero)).toEqual({ retry: true, waitMs: 2_000 });
    expect(shouldRetry(waiting(2_000), full)).toEqual({ retry: true, waitMs: 2_000 + BACKOFF_BASE_MS - 1 });
    expect(shouldRetry(waiting(MAX_HONOURED_WAIT_MS + 1), zero)).toEqual({ retry: false, reason: "wait_too_long" });
  });

  it("not when the caller's deadline leaves no time for another attempt", () => {
    expect(shouldRetry({ ...failure, elapsedMs: 5_000, deadlineMs: 5_000 + MIN_ATTEMPT_MS }, zero)).toMatchObject({
      retry: true,
    });
    expect(shouldRetry({ ...failure, elapsedMs: 5_001, deadlineMs: 5_000 + MIN_ATTEMPT_MS }, zero)).toEqual({
      retry: false,
      reason: "deadline",
    });
  });
});
