import { decodeBase64 } from "#kernel";

/**
 * The server-side secrets that tags and stored hashes are keyed with. Several versions verify side by side; new keys
 * are made under the highest. Who reads the database cannot test a leaked string, who writes it cannot mint a key.
 */
export interface Peppers {
  readonly current: string;
  readonly byVersion: ReadonlyMap<string, PepperKey>;
}

/** An imported HMAC key; the platforms name the type differently. */
export type PepperKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const MIN_PEPPER_BYTES = 32;
const encoder = new TextEncoder();

/**
 * Reads the secret `KEY_PEPPERS`: a JSON object from one base62 character (the version) to at least 32 bytes in
 * base64url. Throws when it is empty or weak: a deployment without a real pepper must not start.
 */
export async function parsePeppers(text: string): Promise<Peppers> {
  const entries = Object.entries(parseObject(text));
  const byVersion = new Map<string, PepperKey>();
  for (const [version, value] of entries) {
    if (!/^[0-9A-Za-z]$/.test(version)) throw new Error("KEY_PEPPERS: a version is one base62 character");
    const bytes = typeof value === "string" ? decodeBase64(value) : null;
    if (!bytes || bytes.length < MIN_PEPPER_BYTES) throw new Error("KEY_PEPPERS: a pepper is 32 bytes or more");
    byVersion.set(
      version,
      await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]),
    );
  }
  const current = [...byVersion.keys()].sort().at(-1);
  if (current === undefined) throw new Error("KEY_PEPPERS: no pepper given");
  return { current, byVersion };
}

/** What a pepper is used for: a digest for one purpose says nothing about another's. */
export type DigestPurpose = "tag" | "hash" | "management tag" | "management hash" | "device code" | "user code";

/** HMAC-SHA256 over a text. `purpose` separates one use of a pepper from the others. */
export async function keyedDigest(pepper: PepperKey, purpose: DigestPurpose, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", pepper, encoder.encode(`prismatic ${purpose} 1\n${text}`)));
}

function parseObject(text: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's message quotes its input, which is a secret here.
    throw new Error("KEY_PEPPERS: not JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new Error("KEY_PEPPERS: not an object");
  return parsed;
}
