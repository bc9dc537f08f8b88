import { decodeBase64, encodeBase64Url } from "#kernel";
import type { Door, SubjectKind } from "./door-policy.ts";

/** Turns a subject into the name that it is counted under. */
export type NameSubject = (door: Door, kind: SubjectKind, value: string) => Promise<string>;

const SECRET_BYTES = 32;
/** Half of the hash: two subjects that meet would share a count, and of 2¹²⁸ names none do. */
const NAME_BYTES = 16;
const encoder = new TextEncoder();

/**
 * Names are `door:kind:HMAC-SHA256`, under the secret `DOOR_SECRET` (32 bytes in base64): whoever keeps the counts gets no
 * address and no account, and cannot try one. Throws when the secret is missing or weak, and never quotes it.
 */
export function subjectNames(secret: string): NameSubject {
  const bytes = decodeBase64(secret);
  if (bytes?.length !== SECRET_BYTES) throw new Error(`DOOR_SECRET: wants ${SECRET_BYTES} bytes in base64`);
  const key = crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return async (door, kind, value) => {
    const text = encoder.encode(`prismatic door 1\n${door}\n${kind}\n${value}`);
    const mac = new Uint8Array(await crypto.subtle.sign("HMAC", await key, text));
    return `${door}:${kind}:${encodeBase64Url(mac.subarray(0, NAME_BYTES))}`;
  };
}
