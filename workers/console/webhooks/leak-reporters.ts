import { createVerify } from "node:crypto";
import { z } from "zod";

/** Public keys of who may report leaked keys, by their ids: PEM, of ECDSA on P-256. */
export type LeakReporters = ReadonlyMap<string, string>;

const reporters = z.record(z.string().regex(/^[\w-]{1,128}$/), z.string().includes("BEGIN PUBLIC KEY").max(1_024));

/** Reads `LEAK_REPORTERS`; nobody where it is empty. Throws where it is not of that form. */
export function parseLeakReporters(text: string): LeakReporters {
  if (text === "") return new Map();
  const parsed = reporters.safeParse(parseJson(text));
  if (!parsed.success) throw new Error("LEAK_REPORTERS: not an object of public keys in PEM, by their ids");
  return new Map(Object.entries(parsed.data));
}

/** Whether the bytes were signed so by the reporter of that id: ECDSA with SHA-256, DER in base64, as GitHub signs. */
export function isSignedByReporter(known: LeakReporters, id: string, signature: string, body: Uint8Array): boolean {
  const key = known.get(id);
  if (key === undefined || signature === "") return false;
  try {
    return createVerify("sha256").update(body).verify(key, signature, "base64");
  } catch {
    return false;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
