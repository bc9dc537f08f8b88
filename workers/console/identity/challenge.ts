import { newId } from "#kernel";
import { keepChallenge, spendChallenge } from "#store";
import { databaseOf, type ApiContext } from "../api/context.ts";
import { encodeBase64Url } from "../base64url.ts";
import { hashToken } from "./hash-token.ts";

const MINUTE_MS = 60_000;
export const CHALLENGE_MS = 5 * MINUTE_MS;
/** Somebody signs in elsewhere meanwhile, with whatever is asked of them there. */
export const SIGN_IN_MS = 10 * MINUTE_MS;
const CHALLENGE_BYTES = 32;

/** What a challenge was given out for: one for something else is none. `session`: the session, or the browser, that asked. */
export type ChallengeUse =
  | { readonly kind: "passkey_sign_in" }
  | { readonly kind: "passkey_add" | "provider_sign_in" | "login_add"; readonly session: string };

const LIVES_MS: Readonly<Record<ChallengeUse["kind"], number>> = {
  passkey_sign_in: CHALLENGE_MS,
  passkey_add: CHALLENGE_MS,
  provider_sign_in: SIGN_IN_MS,
  login_add: SIGN_IN_MS,
};

/** Gives out something random, which comes back once and in time. `value`: whose it is, or what it is about. */
export async function giveChallenge(context: ApiContext, use: ChallengeUse, value: string): Promise<string> {
  const { clock, random } = context.get("services");
  const challenge = encodeBase64Url(random(CHALLENGE_BYTES));
  const id = newId("verification", clock, random);
  const expiresAt = new Date(clock.nowMs() + LIVES_MS[use.kind]);
  await keepChallenge(databaseOf(context), { id, identifier: await identifierOf(use, challenge), value, expiresAt });
  return challenge;
}

/** Uses a challenge up, whatever becomes of the rest; answers its value. Null: never given out for this, used already, or too old. */
export async function takeChallenge(context: ApiContext, use: ChallengeUse, challenge: string): Promise<string | null> {
  const { clock } = context.get("services");
  return spendChallenge(databaseOf(context), await identifierOf(use, challenge), new Date(clock.nowMs()));
}

function identifierOf(use: ChallengeUse, challenge: string): Promise<string> {
  return hashToken(["prismatic challenge 1", use.kind, "session" in use ? use.session : "", challenge].join("\n"));
}
