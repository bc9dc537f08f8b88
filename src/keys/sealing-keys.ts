/** An imported P-256 key; the platforms name the type differently. */
export type EcKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** The gateway's public key: what a console seals to. */
export interface SealingKey {
  readonly id: string;
  readonly publicKey: EcKey;
  /** Uncompressed, 65 bytes. */
  readonly point: Uint8Array;
}

export interface OpeningKey {
  readonly id: string;
  readonly privateKey: EcKey;
  /** Of its public half. */
  readonly point: Uint8Array;
}

/** The gateway's private keys by id: several, so that a new one can be sealed to while old boxes still open. */
export type OpeningKeys = ReadonlyMap<string, OpeningKey>;

export const CURVE = { name: "ECDH", namedCurve: "P-256" };

const KEYS_MAX = 8;
const ID_FORM = /^[0-9A-Za-z_-]{1,32}$/;

/**
 * Reads `BYOK_PRIVATE_KEYS`: a JSON list of P-256 JWKs with `d` and `kid`. An empty text has none, and then no box opens.
 * Throws on anything else, and never quotes what it read.
 */
export async function parseOpeningKeys(text: string): Promise<OpeningKeys> {
  const keys = new Map<string, OpeningKey>();
  if (text === "") return keys;
  const list = parseJson(text);
  if (!Array.isArray(list) || list.length > KEYS_MAX) throw new Error("BYOK_PRIVATE_KEYS: not a short list");
  for (const item of list) {
    const { id, x, y, d } = readJwk(item);
    if (keys.has(id) || d === null) throw new Error("BYOK_PRIVATE_KEYS: a key without d, or one kid twice");
    const privateKey = await importJwk({ ...publicJwk(x, y), d }, ["deriveBits"]);
    keys.set(id, { id, privateKey, point: await exportPoint(await importJwk(publicJwk(x, y), [])) });
  }
  return keys;
}

/** The public half of one of those: a JWK, whose `d` is ignored when it is there. Throws, and never quotes it. */
export async function parseSealingKey(text: string): Promise<SealingKey> {
  const { id, x, y } = readJwk(parseJson(text));
  const publicKey = await importJwk(publicJwk(x, y), []);
  return { id, publicKey, point: await exportPoint(publicKey) };
}

/** A new private key as a JWK: one item of `BYOK_PRIVATE_KEYS`. */
export async function makeOpeningKey(id: string): Promise<object> {
  const pair = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]);
  if (!("privateKey" in pair)) throw new TypeError("not a pair of keys");
  const { x, y, d } = readJwk(Object.assign(await crypto.subtle.exportKey("jwk", pair.privateKey), { kid: id }));
  return { kid: id, ...publicJwk(x, y), d };
}

/** A public key's uncompressed point. */
export async function exportPoint(publicKey: EcKey): Promise<Uint8Array> {
  const raw = await crypto.subtle.exportKey("raw", publicKey);
  if (!(raw instanceof ArrayBuffer)) throw new TypeError("not a raw key");
  return new Uint8Array(raw);
}

async function importJwk(jwk: { kty: string; crv: string; x: string; y: string; d?: string }, usages: "deriveBits"[]) {
  try {
    // Public halves are exported again, for their point.
    return await crypto.subtle.importKey("jwk", jwk, CURVE, usages.length === 0, usages);
  } catch {
    throw new Error("a BYOK key is no point of P-256");
  }
}

const publicJwk = (x: string, y: string) => ({ kty: "EC", crv: "P-256", x, y });

function readJwk(value: unknown) {
  const text = (name: string): string | null => {
    const member: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : null;
    return typeof member === "string" && member !== "" ? member : null;
  };
  const [id, x, y] = [text("kid"), text("x"), text("y")];
  if (id === null || !ID_FORM.test(id) || x === null || y === null || text("crv") !== "P-256") {
    throw new Error("a BYOK key is a P-256 JWK with a kid");
  }
  return { id, x, y, d: text("d") };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes its input, which is a secret here.
    throw new Error("a BYOK key is not JSON");
  }
}
