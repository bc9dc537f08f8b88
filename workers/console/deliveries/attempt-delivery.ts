import type { Clock } from "#kernel";
import { retryAfterMs } from "../../http/retry-after.ts";

/** What came of one try. `status` null: no answer. */
export type AttemptResult =
  | { readonly outcome: "delivered"; readonly status: number; readonly durationMs: number }
  /** 410: nothing more is wanted there. */
  | { readonly outcome: "gone"; readonly status: number; readonly durationMs: number }
  | {
      readonly outcome: "failed";
      readonly status: number | null;
      readonly durationMs: number;
      readonly code: "unexpected_status" | "redirected" | "timeout" | "connection_failed";
      readonly retryAfterMs: number | null;
    };

/** The answer has to come in this time. Source: Standard Webhooks, 15 to 30 s. */
export const ATTEMPT_MS_MAX = 15_000;
const USER_AGENT = "Prismatic-Webhooks/1";
const GONE_STATUS = 410;

export interface AttemptServices {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
}

/** Posts once. Redirects are not followed, and of what is answered only the status and `Retry-After` are read. */
export async function attemptDelivery(
  { fetch, clock }: AttemptServices,
  {
    url,
    body,
    headers,
  }: { readonly url: string; readonly body: string; readonly headers: Readonly<Record<string, string>> },
): Promise<AttemptResult> {
  const startMs = clock.nowMs();
  const durationMs = (): number => Math.max(0, clock.nowMs() - startMs);
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: { ...headers, "content-type": "application/json", "user-agent": USER_AGENT },
      body,
      signal: AbortSignal.timeout(ATTEMPT_MS_MAX),
    });
  } catch (error) {
    const code = error instanceof Error && error.name === "TimeoutError" ? "timeout" : "connection_failed";
    return { outcome: "failed", status: null, durationMs: durationMs(), code, retryAfterMs: null };
  }
  // Whatever it says is not read: a body without an end costs nothing. That it cannot be cancelled says nothing either.
  await response.body?.cancel().catch(() => undefined);
  return read(response, durationMs());
}

function read({ ok, status, headers }: Response, durationMs: number): AttemptResult {
  if (ok) return { outcome: "delivered", status, durationMs };
  if (status === GONE_STATUS) return { outcome: "gone", status, durationMs };
  const code = status >= 300 && status < 400 ? "redirected" : "unexpected_status";
  return { outcome: "failed", status, durationMs, code, retryAfterMs: retryAfterMs(headers) };
}
