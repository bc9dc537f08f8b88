/**
 * The secrets that mails are sealed with while they wait, by version. Several open side by side, so that a new one can be
 * sealed with while older mails still go out.
 */
export interface MailKeys {
  readonly current: string;
  /** 32 bytes each. */
  readonly byVersion: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

const KEY_BYTES = 32;

/**
 * Reads the secret `MAIL_KEY`: a JSON object from one base62 character (the version) to 32 bytes in base64url, as
 * `KEY_PEPPERS` is. The highest version seals. Throws on anything else, and never quotes what it read.
 */
export function parseMailKeys(text: string): MailKeys {
  const byVersion = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [version, value] of Object.entries(parseObject(text))) {
    if (!/^[0-9A-Za-z]$/.test(version)) throw new Error("MAIL_KEY: a version is one base62 character");
    const bytes = typeof value === "string" ? fromBase64(value) : null;
    if (bytes?.length !== KEY_BYTES) throw new Error("MAIL_KEY: a key is 32 bytes");
    byVersion.set(version, bytes);
  }
  const current = [...byVersion.keys()].sort().at(-1);
  if (current === undefined) throw new Error("MAIL_KEY: no key given");
  return { current, byVersion };
}

/** Bytes from base64 in either alphabet; null for anything else. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const plain = text.replaceAll("-", "+").replaceAll("_", "/");
    return Uint8Array.from(atob(plain), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function parseObject(text: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's message quotes its input, which is a secret here.
    throw new Error("MAIL_KEY: not JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new Error("MAIL_KEY: not an object");
  return parsed;
}
