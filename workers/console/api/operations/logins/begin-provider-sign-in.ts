import { z } from "@hono/zod-openapi";
import { beginAttempt, providerOf } from "../../../identity/providers/attempt.ts";
import { markBrowser } from "../../../identity/providers/browser-cookie.ts";
import { PUBLIC } from "../../access.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { locale, timeZone } from "../../schemas.ts";
import { provider } from "./login.ts";

/** What a new account wants besides who it is; without it nobody gets one. */
export const signUpTerms = z.strictObject({
  adult: z.literal(true, "has to be confirmed: accounts are for people of 18 years or more"),
  policy_version: z.string().min(1).max(32),
  locale: locale.default("en"),
  time_zone: timeZone.default("UTC"),
});

export const beginProviderSignIn = operation({
  id: "beginProviderSignIn",
  method: "post",
  path: "/auth/providers/begin",
  tag: "Sign-in",
  summary:
    "Where to send the browser to sign in with an account elsewhere; with `sign_up`, where there is no account here yet, one is made. Good for ten minutes, in this browser.",
  access: PUBLIC,
  body: z.strictObject({ provider, sign_up: signUpTerms.optional() }),
  status: 200,
  answer: z.strictObject({ url: z.string() }),
  door: ({ context }) => knock(context, "challenge", {}),
  async handle({ context, body }) {
    const elsewhere = providerOf(context, body.provider);
    const use = { kind: "provider_sign_in", whose: markBrowser(context) } as const;
    return { url: await beginAttempt(context, elsewhere, use, JSON.stringify(body.sign_up ?? null)) };
  },
});
