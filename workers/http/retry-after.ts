const MS_PER_SECOND = 1_000;

/**
 * How long a server asks us to wait, ms; null where it does not say, or says nonsense. `Retry-After` is seconds or a date
 * (RFC 9110 section 10.2.3), which is read by the server's own clock, its `Date`.
 */
export function retryAfterMs(headers: Headers): number | null {
  const text = headers.get("retry-after") ?? "";
  const waitMs = /^\d{1,9}$/.test(text)
    ? Number(text) * MS_PER_SECOND
    : Date.parse(text) - Date.parse(headers.get("date") ?? "");
  return Number.isFinite(waitMs) && waitMs > 0 ? waitMs : null;
}
