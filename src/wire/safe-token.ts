const WORDS = /^[a-z]+(?:_[a-z]+)*$/;
const NUMBER = /^\d{3,5}$/;
const TOKEN_MAX_CHARACTERS = 48;

/**
 * An upstream's error code or parameter name, if it can be nothing else: lower-case words joined by `_`, or a short
 * number. Anything else (prose, a key, a prompt echoed back) is null: upstream text never leaves the gateway (S3, G20).
 */
export function safeToken(value: unknown): string | null {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string" || text.length > TOKEN_MAX_CHARACTERS) return null;
  return WORDS.test(text) || NUMBER.test(text) ? text : null;
}
