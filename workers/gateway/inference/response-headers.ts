import type { LimitStates, WindowState } from "#admission";
import type { Attempt } from "#kernel";
import type { Target } from "./lane.ts";

/** `x-ratelimit-*` as OpenAI's SDKs and their users read them; a limit that the key has not is not sent. */
export function rateLimitHeaders(limits: LimitStates): [string, string][] {
  return [...windowHeaders("requests", limits.requests), ...windowHeaders("tokens", limits.tokens)];
}

function windowHeaders(name: "requests" | "tokens", window: WindowState | null): [string, string][] {
  if (!window) return [];
  return [
    [`x-ratelimit-limit-${name}`, String(window.limit)],
    [`x-ratelimit-remaining-${name}`, String(window.remaining)],
    [`x-ratelimit-reset-${name}`, `${window.resetMs}ms`],
  ];
}

/** The same in Anthropic's words, for its own SDK's readers. Source: Anthropic API, rate limits, response headers. */
export function anthropicLimitHeaders(limits: LimitStates, nowMs: number): [string, string][] {
  return (["requests", "tokens"] as const).flatMap((name) => {
    const window = limits[name];
    if (!window) return [];
    return [
      [`anthropic-ratelimit-${name}-limit`, String(window.limit)],
      [`anthropic-ratelimit-${name}-remaining`, String(window.remaining)],
      [`anthropic-ratelimit-${name}-reset`, new Date(nowMs + window.resetMs).toISOString()],
    ] satisfies [string, string][];
  });
}

/** What an answer says about where it came from. The cost only where it is known before the body. */
export function callHeaders(
  target: Target,
  attempts: readonly Attempt[],
  upstreamMs: number,
  costUsd: string | null,
): [string, string][] {
  return [
    ["cache-control", "no-store"],
    ["openai-processing-ms", String(upstreamMs)],
    ["x-prismatic-provider", target.endpoint.provider],
    ["x-prismatic-model", target.model.id],
    ["x-prismatic-attempts", String(attempts.length)],
    ...(costUsd === null ? [] : ([["x-prismatic-cost", costUsd]] as [string, string][])),
  ];
}

/** Names are the caller's own members, read against our schemas: they hold no text of anybody's. */
export function droppedHeaders(droppedParams: readonly string[]): [string, string][] {
  return droppedParams.length === 0 ? [] : [["x-prismatic-dropped-params", droppedParams.join(", ")]];
}

/** Headers of ours that a browser's code may read. */
export const EXPOSED_HEADERS = [
  "x-request-id",
  "request-id",
  "allow",
  "retry-after",
  "retry-after-ms",
  "openai-processing-ms",
  "x-should-retry",
  "x-ratelimit-limit-requests",
  "x-ratelimit-remaining-requests",
  "x-ratelimit-reset-requests",
  "x-ratelimit-limit-tokens",
  "x-ratelimit-remaining-tokens",
  "x-ratelimit-reset-tokens",
  "x-prismatic-provider",
  "x-prismatic-model",
  "x-prismatic-cost",
  "x-prismatic-attempts",
  "x-prismatic-dropped-params",
  "x-prismatic-guardrails",
  "x-prismatic-token-count",
  "anthropic-ratelimit-requests-limit",
  "anthropic-ratelimit-requests-remaining",
  "anthropic-ratelimit-requests-reset",
  "anthropic-ratelimit-tokens-limit",
  "anthropic-ratelimit-tokens-remaining",
  "anthropic-ratelimit-tokens-reset",
];
