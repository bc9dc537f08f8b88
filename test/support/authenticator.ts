import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";

/** What a relying party sends, as far as an authenticator reads it. */
interface Options {
  readonly challenge: string;
  readonly rpId?: string;
  readonly rp?: { readonly id?: string };
  readonly user?: { readonly id: string };
}

/** Everything that an authenticator or the browser before it could get wrong, or be made to. */
export interface Lies {
  readonly origin?: string;
  readonly challenge?: string;
  readonly rpId?: string;
  readonly type?: string;
  readonly userHandle?: string;
  readonly withoutVerification?: boolean;
  readonly counter?: number;
}

const FLAG = { present: 0x01, verified: 0x04, backupEligible: 0x08, backedUp: 0x10, attested: 0x40 } as const;
const base64Url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

/**
 * A passkey in software: ES256, attestation `none`, with the bytes of WebAuthn (Level 3, sections 6.1 and 6.5) and the browser
 * before it. Each makes one credential.
 */
export class SoftwareAuthenticator {
  readonly credentialId = base64Url(randomBytes(32));
  readonly #origin: string;
  readonly #key: KeyObject;
  readonly #publicKey: Buffer;
  /** Authenticators that do not count leave it at zero. */
  #counter: number;
  #userHandle: string | null = null;

  constructor(origin: string, { counts = true }: { readonly counts?: boolean } = {}) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { x = "", y = "" } = publicKey.export({ format: "jwk" });
    this.#origin = origin;
    this.#key = privateKey;
    this.#publicKey = cborMap([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, "base64url")],
      [-3, Buffer.from(y, "base64url")],
    ]);
    this.#counter = counts ? 1 : 0;
  }

  /** `navigator.credentials.create()`. */
  create(options: unknown, lies: Lies = {}): Record<string, unknown> {
    const { challenge, rp, user } = asOptions(options);
    this.#userHandle = user?.id ?? null;
    const attested = Buffer.concat([
      Buffer.alloc(16),
      uint16(Buffer.from(this.credentialId, "base64url").length),
      Buffer.from(this.credentialId, "base64url"),
      this.#publicKey,
    ]);
    const authData = Buffer.concat([this.#authData(rp?.id ?? "", FLAG.attested, lies), attested]);
    const attestationObject = cborMap([
      ["fmt", "none"],
      ["attStmt", Buffer.from([0xa0])],
      ["authData", authData],
    ]);
    return this.#credential({
      clientDataJSON: base64Url(this.#clientData("webauthn.create", challenge, lies)),
      attestationObject: base64Url(attestationObject),
      transports: ["internal"],
    });
  }

  /** `navigator.credentials.get()`. */
  get(options: unknown, lies: Lies = {}): Record<string, unknown> {
    const { challenge, rpId } = asOptions(options);
    if (this.#counter > 0) this.#counter += 1;
    const authData = this.#authData(rpId ?? "", 0, lies);
    const clientData = this.#clientData("webauthn.get", challenge, lies);
    const signature = sign("sha256", Buffer.concat([authData, sha256(clientData)]), this.#key);
    return this.#credential({
      clientDataJSON: base64Url(clientData),
      authenticatorData: base64Url(authData),
      signature: base64Url(signature),
      userHandle: lies.userHandle ?? this.#userHandle,
    });
  }

  #credential(response: Record<string, unknown>): Record<string, unknown> {
    const { credentialId: id } = this;
    return { id, rawId: id, type: "public-key", clientExtensionResults: {}, response };
  }

  #clientData(type: string, challenge: string, lies: Lies): Buffer {
    const said = {
      type: lies.type ?? type,
      challenge: lies.challenge ?? challenge,
      origin: lies.origin ?? this.#origin,
    };
    return Buffer.from(JSON.stringify({ ...said, crossOrigin: false }));
  }

  #authData(rpId: string, flags: number, lies: Lies): Buffer {
    const verified = lies.withoutVerification === true ? 0 : FLAG.verified;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(lies.counter ?? this.#counter);
    const flagByte = FLAG.present | verified | FLAG.backupEligible | FLAG.backedUp | flags;
    return Buffer.concat([sha256(Buffer.from(lies.rpId ?? rpId)), Buffer.from([flagByte]), counter]);
  }
}

function asOptions(options: unknown): Options {
  if (typeof options !== "object" || options === null) throw new TypeError("no options");
  const challenge: unknown = Reflect.get(options, "challenge");
  if (typeof challenge !== "string") throw new TypeError("options without a challenge");
  return { ...options, challenge };
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** A map of CBOR (RFC 8949). Buffers are byte strings, but for an empty map that was encoded already. */
function cborMap(entries: readonly (readonly [string | number, string | number | Buffer])[]): Buffer {
  return Buffer.concat([cborHead(5, entries.length), ...entries.flat().map((item) => cborItem(item))]);
}

function cborItem(item: string | number | Buffer): Buffer {
  if (typeof item === "number") return item < 0 ? cborHead(1, -1 - item) : cborHead(0, item);
  if (typeof item === "string") return Buffer.concat([cborHead(3, Buffer.byteLength(item)), Buffer.from(item)]);
  if (item.length === 1 && item[0] === 0xa0) return item;
  return Buffer.concat([cborHead(2, item.length), item]);
}

function cborHead(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.from([(major << 5) | argument]);
  if (argument < 256) return Buffer.from([(major << 5) | 24, argument]);
  return Buffer.concat([Buffer.from([(major << 5) | 25]), uint16(argument)]);
}
