import { z } from "@hono/zod-openapi";
import { AppError, newId } from "#kernel";
import { createPersonByLogin, findProviderLogin, hasFactor } from "#store";
import { logSecurity } from "../../../identity/log-security.ts";
import { openSession } from "../../../identity/open-session.ts";
import { finishAttempt, providerOf } from "../../../identity/providers/attempt.ts";
import { takeBrowserMark } from "../../../identity/providers/browser-cookie.ts";
import type { ProviderIdentity, SignInProviderId } from "../../../identity/providers/sign-in-provider.ts";
import { refusedStatus } from "../../../identity/refused-status.ts";
import { PUBLIC } from "../../access.ts";
import { databaseOf, type ApiContext } from "../../context.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";
import { signUpTerms } from "./begin-provider-sign-in.ts";
import { callback } from "./login.ts";

export const finishProviderSignIn = operation({
  id: "finishProviderSignIn",
  method: "post",
  path: "/auth/providers/finish",
  tag: "Sign-in",
  summary:
    "Finish a sign-in with an account elsewhere, with what its redirect brought. Where there is a second factor, the session is of no use before it.",
  access: PUBLIC,
  body: z.strictObject(callback),
  status: 200,
  answer: z.strictObject({ user_id: idOf("user"), factor_required: z.boolean(), is_new: z.boolean() }),
  door: ({ context }) => knock(context, "sign_in", { address: null }),
  async handle({ context, body }) {
    const { db } = context.get("services");
    const elsewhere = providerOf(context, body.provider);
    const mark = takeBrowserMark(context);
    if (mark === null) throw new AppError("provider_sign_in_failed");
    const use = { kind: "provider_sign_in", whose: mark } as const;
    const { identity, value } = await finishAttempt(context, elsewhere, use, body);
    // Whose account it is elsewhere says who it is here, and nothing else: an address is no proof (docs/accounts.md).
    const known = await findProviderLogin(db, elsewhere.id, identity.accountId);
    const userId = known?.userId ?? (await signUp(context, elsewhere.id, identity, termsIn(value)));
    const sessionId = await openSession(context, userId, { withFactor: false });
    if (sessionId === null) throw refusedStatus(known?.status === "closing" ? "closing" : "suspended");
    await logSecurity(context, known === null ? "signed_up" : "signed_in", { userId, sessionId });
    return { user_id: userId, factor_required: await hasFactor(db, userId), is_new: known === null };
  },
});

type Terms = z.output<typeof signUpTerms>;
const termsIn = (value: string): Terms | null => signUpTerms.nullable().parse(JSON.parse(value));

/** A new account, of somebody who said that they are of age and whose address the provider has confirmed. Answers its id. */
async function signUp(
  context: ApiContext,
  provider: SignInProviderId,
  { accountId, verifiedEmail, name }: ProviderIdentity,
  terms: Terms | null,
): Promise<string> {
  const { clock, random } = context.get("services");
  if (terms === null) throw new AppError("login_unknown");
  if (verifiedEmail === null)
    throw new AppError("not_possible", { params: { reason: "confirm your address at the provider first." } });
  const userId = newId("user", clock, random);
  const isMade = await createPersonByLogin(databaseOf(context, userId), {
    id: newId("login", clock, random),
    userId,
    provider,
    accountId,
    name: nameOf(name, verifiedEmail),
    email: verifiedEmail,
    policyVersion: terms.policy_version,
    locale: terms.locale,
    timeZone: terms.time_zone,
    now: new Date(clock.nowMs()),
  });
  if (!isMade) throw new AppError("account_exists");
  return userId;
}

const NAME_CHARACTERS_MAX = 200;

/** One line of text, as the names that people type here. */
function nameOf(name: string | null, email: string): string {
  const line = (name ?? "")
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ")
    .trim()
    .slice(0, NAME_CHARACTERS_MAX);
  return line === "" ? (email.split("@")[0] ?? email) : line;
}
