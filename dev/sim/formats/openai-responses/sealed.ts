import { seedOf, tokenFrom } from "../../text.ts";

const PREFIX = "gAAAAABsim";
const BODY_CHARACTERS = 160;
const CHECK_CHARACTERS = 12;

/** Reasoning that only the provider can read, with a check at its end. */
export function sealReasoning(seed: number): string {
  const body = PREFIX + tokenFrom(seed ^ 0x5ea1, BODY_CHARACTERS);
  return body + tokenFrom(seedOf(body), CHECK_CHARACTERS);
}

/** False for what this simulator sealed and somebody changed, and for nothing at all. */
export function isForeignOrTrue(sealed: string): boolean {
  if (!sealed.startsWith(PREFIX)) return sealed !== "";
  const body = sealed.slice(0, -CHECK_CHARACTERS);
  return sealed.slice(-CHECK_CHARACTERS) === tokenFrom(seedOf(body), CHECK_CHARACTERS);
}
