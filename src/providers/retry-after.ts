/** A longer wait than this is not relayed: it would tell a client to give up for a day on one provider's word. */
export const MAX_RETRY_AFTER_MS = 60 * 60 * 1000;

const DURATION = /^(?:(\d{1,4})h)?(?:(\d{1,4})m(?!s))?(?:(\d{1,6}(?:\.\d{1,9})?)s)?(?:(\d{1,9}(?:\.\d{1,9})?)ms)?$/;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * How long a provider asks us to wait, in milliseconds, null where it does not say or says nonsense. Reads
 * `retry-after-ms`, `retry-after` (seconds or a date, RFC 9110 10.2.3), then the reset of whichever limit is used up.
 */
export function readRetryAfterMs(headers: Headers, nowMs: number): number | null {
  const waitMs =
    readNumber(headers.get("retry-after-ms"), 1) ??
    readNumber(headers.get("retry-after"), SECOND_MS) ??
    readDate(headers.get("retry-after"), nowMs) ??
    readResets(headers);
  if (waitMs === null) return null;
  return Math.min(Math.ceil(waitMs), MAX_RETRY_AFTER_MS);
}

function readNumber(value: string | null, unitMs: number): number | null {
  return value !== null && /^\d{1,12}(?:\.\d{1,9})?$/.test(value) ? Number(value) * unitMs : null;
}

function readDate(value: string | null, nowMs: number): number | null {
  const atMs = value === null || !value.endsWith("GMT") ? Number.NaN : Date.parse(value);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}

/** `x-ratelimit-reset-*` counts only beside a `remaining` of zero: the other window has room and its reset is no wait. */
function readResets(headers: Headers): number | null {
  const waitsMs = ["requests", "tokens"].flatMap((kind) => {
    if (headers.get(`x-ratelimit-remaining-${kind}`) !== "0") return [];
    const waitMs = readDuration(headers.get(`x-ratelimit-reset-${kind}`));
    return waitMs === null ? [] : [waitMs];
  });
  return waitsMs.length === 0 ? null : Math.max(...waitsMs);
}

/** `6m0s`, `1.5s`, `120ms`: the form that OpenAI and Groq send. */
function readDuration(value: string | null): number | null {
  const match = value ? DURATION.exec(value) : null;
  if (!match) return null;
  const [, hours = "0", minutes = "0", seconds = "0", milliseconds = "0"] = match;
  return Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS + Number(milliseconds);
}
