import { randomBytes } from "node:crypto";
import { z } from "zod";
import { makeOpeningKey } from "#keys";

/** Bytes that nobody can guess. */
export type Random = (bytes: number) => Buffer;

const SECRET_BYTES = 32;
const FIRST_VERSION = "1";
const FIRST_BYOK_KEY = "k1";

export function makeSecret(random: Random = randomBytes): string {
  return random(SECRET_BYTES).toString("base64url");
}

/** For what counts attempts at public doors: base64, which its reader wants. */
export function makeDoorSecret(random: Random = randomBytes): string {
  return random(SECRET_BYTES).toString("base64");
}

/** One secret, of a first version: peppers, and keys that seal. */
export function makeVersioned(random: Random = randomBytes): string {
  return JSON.stringify({ [FIRST_VERSION]: makeSecret(random) });
}

/** The gateway's first key, which customers' own provider keys are sealed to. */
export async function makeByokKeys(): Promise<string> {
  return JSON.stringify([await makeOpeningKey(FIRST_BYOK_KEY)]);
}

const publicHalves = z.array(
  z.object({ kid: z.string(), kty: z.string(), crv: z.string(), x: z.string(), y: z.string() }),
);

/** The public half of the newest of the gateway's keys, as the console is given it. Throws for text that is none of ours. */
export function sealingKeyOf(byokPrivateKeys: string): string {
  return JSON.stringify(publicHalves.parse(JSON.parse(byokPrivateKeys)).at(-1));
}
