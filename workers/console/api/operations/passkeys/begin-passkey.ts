import { generateRegistrationOptions } from "@simplewebauthn/server";
import { z } from "@hono/zod-openapi";
import { listPasskeys } from "#store";
import { CHALLENGE_MS, giveChallenge } from "../../../identity/challenge.ts";
import { PASSKEY_ALGORITHMS, relyingPartyOf } from "../../../identity/relying-party.ts";
import { decodeBase64Url } from "../../../base64url.ts";
import { FRESH_USER } from "../../access.ts";
import { sessionOf } from "../../context.ts";
import { knockForProof } from "../../knock-for-proof.ts";
import { operation } from "../../operation.ts";

export const beginPasskey = operation({
  id: "beginPasskey",
  method: "post",
  path: "/me/passkeys/options",
  tag: "Account",
  summary:
    "What `navigator.credentials.create()` wants (PublicKeyCredentialCreationOptionsJSON). Good for five minutes and one passkey.",
  access: FRESH_USER,
  status: 200,
  answer: z.strictObject({ options: z.looseObject({ challenge: z.string() }) }),
  door: ({ context }) => knockForProof(context, sessionOf(context).user),
  async handle({ context }) {
    const { id: session, user } = sessionOf(context);
    const { db, siteUrl } = context.get("services");
    const site = relyingPartyOf(siteUrl);
    const challenge = await giveChallenge(context, { kind: "passkey_add", session }, user.id);
    const known = await listPasskeys(db, user.id);
    const options = await generateRegistrationOptions({
      rpName: site.name,
      rpID: site.id,
      userID: Uint8Array.from(new TextEncoder().encode(user.id)),
      userName: user.email,
      userDisplayName: user.name,
      challenge: decodeBase64Url(challenge) ?? new Uint8Array(),
      timeout: CHALLENGE_MS,
      attestationType: "none",
      excludeCredentials: known.map(({ credentialId, transports }) => ({
        id: credentialId,
        transports: transports ?? [],
      })),
      // Found without a name that was typed, and asks its owner who they are: both factors in one.
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
      supportedAlgorithmIDs: PASSKEY_ALGORITHMS,
    });
    return { options: { ...options } };
  },
});
