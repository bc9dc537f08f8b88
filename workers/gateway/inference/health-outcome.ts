import type { ErrorCode } from "#kernel";
import type { HealthOutcome } from "#routing";
import type { AttemptOutcome } from "./attempt-upstream.ts";

/** Faults that say something about the endpoint. A request that it found wrong does not, nor do our own credentials. */
const ENDPOINT_FAULTS: ReadonlySet<ErrorCode> = new Set([
  "upstream_error",
  "upstream_timeout",
  "upstream_overloaded",
  "upstream_rate_limited",
  "upstream_stream_interrupted",
]);

/** What an attempt says about its endpoint. Where we have several keys there, a limit is the key's and not the endpoint's. */
export function healthOutcome({ fault, durationMs }: AttemptOutcome, hasSeveralKeys: boolean): HealthOutcome {
  if (fault === null) return { type: "answered", firstByteMs: durationMs };
  if (!ENDPOINT_FAULTS.has(fault.code)) return { type: "neutral" };
  if (hasSeveralKeys && fault.code === "upstream_rate_limited") return { type: "neutral" };
  // A wait is an order only where the endpoint limits us; other faults may name one out of habit.
  return { type: "fault", retryAfterMs: fault.code === "upstream_rate_limited" ? fault.retryAfterMs : null };
}
