import { decodeBase64 } from "#kernel";

/** An imported HMAC key; the platforms name the type differently. */
export type MacKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** The keys that chains are sealed with, by version: the newest seals, older ones still verify. The database has none. */
export interface AuditKeys {
  readonly newest: number;
  /** On their way: importing a key is asynchronous, and reading a configuration is not. */
  readonly byVersion: ReadonlyMap<number, Promise<MacKey>>;
}

const KEY_BYTES = 32;
const KEYS_MAX = 64;
const VERSION_FORM = /^[1-9]\d{0,5}$/;

/**
 * Reads the secret `AUDIT_KEYS`: a JSON object from a version (1, 2, 3 …) to 32 bytes in base64. Throws when it has none
 * or one that is no key, and never quotes what it read.
 */
export function parseAuditKeys(text: string): AuditKeys {
  const entries = Object.entries(parseObject(text));
  if (entries.length === 0 || entries.length > KEYS_MAX) throw new Error("AUDIT_KEYS: no key, or too many");
  const byVersion = new Map<number, Promise<MacKey>>();
  for (const [version, value] of entries) {
    if (!VERSION_FORM.test(version)) throw new Error("AUDIT_KEYS: a version is a whole number from 1");
    const bytes = typeof value === "string" ? decodeBase64(value) : null;
    if (bytes?.length !== KEY_BYTES) throw new Error(`AUDIT_KEYS: a key is ${KEY_BYTES} bytes in base64`);
    const key = crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    byVersion.set(Number(version), key);
  }
  return { newest: Math.max(...byVersion.keys()), byVersion };
}

function parseObject(text: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's message quotes its input, which is a secret here.
    throw new Error("AUDIT_KEYS: not JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new Error("AUDIT_KEYS: not an object");
  return parsed;
}
