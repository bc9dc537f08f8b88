import type { Signature } from "../prompt.ts";
import { readSignature, signatureText } from "../signature.ts";

/** OpenAI ties encrypted reasoning to its item's id, so that a signature of this format holds both: `rs_….gAAAA…`. */
const ID_AND_TOKEN = /^(rs_[\w-]{1,128})\.(.*)$/s;

/** The reasoning of an OpenAI item as a signature; null where it has none. */
export function reasoningSignature(id: unknown, encrypted: unknown): Signature | null {
  if (typeof encrypted !== "string" || encrypted === "") return null;
  const signature = readSignature(encrypted, "openai-responses");
  if (signature.format !== "openai-responses" || typeof id !== "string" || !id.startsWith("rs_")) return signature;
  return { ...signature, value: `${id}.${signature.value}` };
}

export interface ReasoningToken {
  /** Null where the item may bear any id. */
  readonly id: string | null;
  readonly encrypted: string;
}

/** A signature as the members of a reasoning item. */
export function reasoningToken(signature: Signature): ReasoningToken {
  const own = signature.format === "openai-responses" ? ID_AND_TOKEN.exec(signature.value) : null;
  if (own) return { id: own[1] ?? null, encrypted: own[2] ?? "" };
  return { id: null, encrypted: signatureText(signature, "openai-responses") };
}
