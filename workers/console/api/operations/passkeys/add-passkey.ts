import { verifyRegistrationResponse, type VerifiedRegistrationResponse } from "@simplewebauthn/server";
import { z } from "@hono/zod-openapi";
import { AppError, newId } from "#kernel";
import { addPasskey as add, endOtherSessions, proveSession } from "#store";
import { encodeBase64Url } from "../../../base64url.ts";
import { takeChallenge } from "../../../identity/challenge.ts";
import { logSecurity } from "../../../identity/log-security.ts";
import { newRecoveryCodes } from "../../../identity/new-recovery-codes.ts";
import { passkeyAttestation, type PasskeyAttestation } from "../../../identity/passkey-schemas.ts";
import { challengeIn, PASSKEY_ALGORITHMS, relyingPartyOf } from "../../../identity/relying-party.ts";
import { tellFactorChange } from "../../../identity/tell-factor-change.ts";
import { FRESH_USER } from "../../access.ts";
import { databaseOf, sessionOf, type ApiContext } from "../../context.ts";
import { knockForProof } from "../../knock-for-proof.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";
import { passkeyName } from "./passkey.ts";

type Registration = NonNullable<VerifiedRegistrationResponse["registrationInfo"]>;

export const addPasskey = operation({
  id: "addPasskey",
  method: "post",
  path: "/me/passkeys",
  tag: "Account",
  summary:
    "Add the passkey that a browser made. Other sessions end (S9). With the first factor the recovery codes are shown this once.",
  access: FRESH_USER,
  body: z.strictObject({ name: passkeyName, credential: passkeyAttestation }),
  status: 201,
  answer: z.strictObject({ id: idOf("passkey"), recovery_codes: z.array(z.string()).nullable() }),
  door: ({ context }) => knockForProof(context, sessionOf(context).user),
  async handle({ context, body: { name, credential: attestation } }) {
    const { id: sessionId, user } = sessionOf(context);
    const { clock, random } = context.get("services");
    const { credential, credentialBackedUp } = await verify(context, sessionId, attestation);
    const id = newId("passkey", clock, random);
    const { codes, hashes } = await newRecoveryCodes(context, user.id);
    const db = databaseOf(context);
    const passkey = {
      id,
      userId: user.id,
      name,
      credentialId: credential.id,
      publicKey: encodeBase64Url(credential.publicKey),
      signCount: credential.counter,
      transports: attestation.response.transports ?? [],
      backedUp: credentialBackedUp,
    };
    const added = await add(db, passkey, user.hasFactor ? [] : hashes);
    if (added === null) throw new AppError("already_exists");
    // The session that made it has just passed it.
    await proveSession(db, sessionId, { factorAt: new Date(clock.nowMs()) });
    await endOtherSessions(db, user.id, sessionId);
    await logSecurity(context, "passkey_added", { userId: user.id, sessionId });
    await tellFactorChange(context, user, "passkey_added");
    return { id, recovery_codes: added.hasNewCodes ? [...codes] : null };
  },
});

/** The new credential, made for our site, in this session, on a device that asked who its owner is. */
async function verify(context: ApiContext, session: string, attestation: PasskeyAttestation): Promise<Registration> {
  const challenge = challengeIn(attestation.response.clientDataJSON);
  if (challenge === null || (await takeChallenge(context, { kind: "passkey_add", session }, challenge)) === null)
    throw new AppError("passkey_refused");
  const site = relyingPartyOf(context.get("services").siteUrl);
  const { id, rawId, type, response } = attestation;
  const { clientDataJSON, attestationObject } = response;
  const verified = await verifyRegistrationResponse({
    response: { id, rawId, type, response: { clientDataJSON, attestationObject }, clientExtensionResults: {} },
    expectedChallenge: challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.id,
    requireUserVerification: true,
    supportedAlgorithmIDs: PASSKEY_ALGORITHMS,
  }).catch((cause: unknown) => {
    // It throws for every way in which an attestation can be wrong.
    throw new AppError("passkey_refused", { cause });
  });
  if (!verified.verified) throw new AppError("passkey_refused");
  return verified.registrationInfo;
}
