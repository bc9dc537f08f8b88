import { verifyAuthenticationResponse } from "@simplewebauthn/server";
import { findPasskey, markPasskeyUsed, type FoundPasskey } from "#store";
import { databaseOf, type ApiContext } from "../api/context.ts";
import { decodeBase64Url, encodeBase64Url } from "../base64url.ts";
import { takeChallenge } from "./challenge.ts";
import type { PasskeyAssertion } from "./passkey-schemas.ts";
import { challengeIn, relyingPartyOf } from "./relying-party.ts";

/** `passkey`: the one that was asked about, also where it was refused; null where nobody here has it. */
export interface PasskeyVerdict {
  readonly isPassed: boolean;
  readonly passkey: FoundPasskey | null;
}

/**
 * Whether a passkey of ours signed a challenge of ours, for our site, after it had asked its owner who they are. The challenge
 * is used up first, so that of twenty tries with one signature at most one gets further.
 */
export async function passPasskey(context: ApiContext, assertion: PasskeyAssertion): Promise<PasskeyVerdict> {
  const { db, clock, siteUrl } = context.get("services");
  const passkey = await findPasskey(db, assertion.id);
  const refused = { isPassed: false, passkey };
  const challenge = challengeIn(assertion.response.clientDataJSON);
  if (challenge === null || (await takeChallenge(context, { kind: "passkey_sign_in" }, challenge)) === null)
    return refused;
  if (passkey === null || !isOwners(passkey, assertion)) return refused;
  const use = await verify(assertion, passkey, challenge, siteUrl);
  if (use === null) return refused;
  const isPassed = await markPasskeyUsed(databaseOf(context), passkey.id, { ...use, now: new Date(clock.nowMs()) });
  return { isPassed, passkey };
}

/** Authenticators that tell whose passkey it is tell ours. */
function isOwners({ userId }: FoundPasskey, { response }: PasskeyAssertion): boolean {
  const handle = response.userHandle;
  if (handle === null || handle === undefined) return true;
  return handle === encodeBase64Url(new TextEncoder().encode(userId));
}

async function verify(
  assertion: PasskeyAssertion,
  { publicKey, signCount }: FoundPasskey,
  challenge: string,
  siteUrl: string,
): Promise<{ readonly signCount: number; readonly backedUp: boolean } | null> {
  const key = decodeBase64Url(publicKey);
  if (key === null) throw new RangeError("a passkey's public key is not base64url");
  const site = relyingPartyOf(siteUrl);
  const { id, rawId, type, response } = assertion;
  const { userHandle: _, ...signed } = response;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { id, rawId, type, response: signed, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: site.origin,
      expectedRPID: site.id,
      credential: { id, publicKey: key, counter: signCount },
      requireUserVerification: true,
    });
    if (!verified) return null;
    return { signCount: authenticationInfo.newCounter, backedUp: authenticationInfo.credentialBackedUp };
  } catch {
    // It throws for every way in which a signature can be wrong, and says what the caller sent: neither is told on.
    return null;
  }
}
