import { newId } from "#kernel";
import { keepChallenge, spendChallenge } from "#store";
import { databaseOf, type ApiContext } from "../api/context.ts";
import { encodeBase64Url } from "../base64url.ts";
import { hashToken } from "./hash-token.ts";

export const CHALLENGE_MS = 5 * 60_000;
const CHALLENGE_BYTES = 32;

/** What a challenge was given out for: one for something else is none. */
export type ChallengeUse =
  | { readonly kind: "passkey_sign_in" }
  | { readonly kind: "passkey_add"; readonly session: string };

/** Gives out something random to sign, which comes back once and within five minutes. `value`: whose it is. */
export async function giveChallenge(context: ApiContext, use: ChallengeUse, value: string): Promise<string> {
  const { clock, random } = context.get("services");
  const challenge = encodeBase64Url(random(CHALLENGE_BYTES));
  const id = newId("verification", clock, random);
  const expiresAt = new Date(clock.nowMs() + CHALLENGE_MS);
  await keepChallenge(databaseOf(context), { id, identifier: await identifierOf(use, challenge), value, expiresAt });
  return challenge;
}

/** Uses a challenge up, whatever becomes of what was signed. False: never given out for this, used already, or too old. */
export async function takeChallenge(context: ApiContext, use: ChallengeUse, challenge: string): Promise<boolean> {
  const { clock } = context.get("services");
  const identifier = await identifierOf(use, challenge);
  return (await spendChallenge(databaseOf(context), identifier, new Date(clock.nowMs()))) !== null;
}

function identifierOf(use: ChallengeUse, challenge: string): Promise<string> {
  return hashToken(["prismatic challenge 1", use.kind, "session" in use ? use.session : "", challenge].join("\n"));
}
