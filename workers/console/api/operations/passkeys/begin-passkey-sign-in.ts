import { generateAuthenticationOptions } from "@simplewebauthn/server";
import { z } from "@hono/zod-openapi";
import { CHALLENGE_MS, giveChallenge } from "../../../identity/challenge.ts";
import { relyingPartyOf } from "../../../identity/relying-party.ts";
import { decodeBase64Url } from "../../../base64url.ts";
import { PUBLIC } from "../../access.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";

/** Names nobody, so that it tells nobody who has an account (S11). */
export const beginPasskeySignIn = operation({
  id: "beginPasskeySignIn",
  method: "post",
  path: "/auth/passkey/options",
  tag: "Sign-in",
  summary:
    "What `navigator.credentials.get()` wants (PublicKeyCredentialRequestOptionsJSON): to sign in, to finish a sign-in, or to prove who you are. Good for five minutes and one signature.",
  access: PUBLIC,
  status: 200,
  answer: z.strictObject({ options: z.looseObject({ challenge: z.string() }) }),
  door: ({ context }) => knock(context, "challenge", {}),
  async handle({ context }) {
    const { siteUrl } = context.get("services");
    const challenge = await giveChallenge(context, { kind: "passkey_sign_in" }, "anybody");
    const options = await generateAuthenticationOptions({
      rpID: relyingPartyOf(siteUrl).id,
      challenge: decodeBase64Url(challenge) ?? new Uint8Array(),
      timeout: CHALLENGE_MS,
      userVerification: "required",
    });
    return { options: { ...options } };
  },
});
