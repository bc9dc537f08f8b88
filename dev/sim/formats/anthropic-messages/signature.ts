import { seedOf, tokenFrom } from "../../text.ts";

const PREFIX = "EsIm";
const SIGNATURE_CHARACTERS = 128;
const SIGNATURE_MIN_CHARACTERS = 32;

/** The simulator's seal of a text that was thought: a gateway that changes either of them is found out. */
export function signThinking(thinking: string): string {
  return PREFIX + tokenFrom(seedOf(thinking), SIGNATURE_CHARACTERS);
}

/** False for a seal of this simulator on another text, and for what cannot be one. Omitted thinking has nothing to compare. */
export function isForeignOrTrue(thinking: string, signature: string): boolean {
  if (signature.length < SIGNATURE_MIN_CHARACTERS) return false;
  return thinking === "" || !signature.startsWith(PREFIX) || signature === signThinking(thinking);
}

/** Thinking that only the provider can read. */
export const sealThinking = (thinking: string): string => PREFIX + tokenFrom(seedOf(thinking) ^ 0x5ea1, 96);
