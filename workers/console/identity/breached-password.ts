const ANSWER_MS = 2_000;
const PREFIX_CHARACTERS = 5;
/** The answer has some eight hundred lines of forty characters. */
const ANSWER_CHARACTERS_MAX = 256 * 1024;
const encoder = new TextEncoder();

export type AskBreaches = (prefix: string, signal: AbortSignal) => Promise<Response>;

/**
 * Whether a password is known from a breach: five characters of its SHA-1 are asked for, and the rest compared here
 * (k-anonymity, api.pwnedpasswords.com). Fails open: without an answer in time the password is taken.
 */
export async function isBreached(password: string, ask: AskBreaches): Promise<boolean> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", encoder.encode(password)));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
  try {
    const response = await ask(hash.slice(0, PREFIX_CHARACTERS), AbortSignal.timeout(ANSWER_MS));
    if (!response.ok) return false;
    const text = (await response.text()).slice(0, ANSWER_CHARACTERS_MAX);
    const rest = hash.slice(PREFIX_CHARACTERS);
    return text.split("\n").some((line) => line.startsWith(`${rest}:`) && !line.trim().endsWith(":0"));
  } catch {
    return false;
  }
}
