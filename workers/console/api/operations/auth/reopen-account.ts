import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { findLogin, hasFactor, reopenAccount as reopen, type FoundLogin } from "#store";
import { hashPassword, verifyPassword } from "../../../identity/hash-password.ts";
import { logSecurity } from "../../../identity/log-security.ts";
import { passFactor, type FactorProof } from "../../../identity/pass-factor.ts";
import { PUBLIC } from "../../access.ts";
import { databaseOf, type ApiContext } from "../../context.ts";
import { knock } from "../../knock.ts";
import { knockForProof } from "../../knock-for-proof.ts";
import { operation } from "../../operation.ts";
import { refusedNotBefore } from "../../refused-not-before.ts";
import { email, factorProof, password } from "../../schemas.ts";

const REFUSAL_MS = 400;

export const reopenAccount = operation({
  id: "reopenAccount",
  method: "post",
  path: "/auth/reopen",
  tag: "Sign-in",
  summary:
    "Take the closing of your account back, with the password and the second factor where there is one. Nobody is signed in by it.",
  access: PUBLIC,
  body: z.strictObject({ email, password, ...factorProof }),
  status: 200,
  answer: z.strictObject({ status: z.literal("reopened") }),
  door: ({ context, body }) => knock(context, "sign_in", { address: body.email }),
  async handle({ context, body }) {
    const { clock, sendMail, siteUrl } = context.get("services");
    const login = await refusedNotBefore(REFUSAL_MS, checkLogin(context, body.email, body.password));
    const { userId, name, locale } = login;
    // Who has the password is told; nobody else learns what becomes of an account.
    if (login.status === "suspended") throw new AppError("account_suspended");
    if (login.status === "active") throw notClosing();
    await checkFactor(context, login, body);
    const now = new Date(clock.nowMs());
    if (!(await reopen(databaseOf(context, userId), userId, now))) throw notClosing();
    await logSecurity(context, "account_reopened", { userId, sessionId: null });
    const values = { name, reopenedAt: now.toISOString(), url: `${siteUrl}/app` };
    await sendMail(context, { template: "account_reopened", to: body.email, locale, values });
    return { status: "reopened" as const };
  },
});

const notClosing = (): AppError =>
  new AppError("not_possible", { params: { reason: "this account is not being closed: sign in." } });

async function checkLogin(context: ApiContext, address: string, typed: string): Promise<FoundLogin> {
  const { db, passwordPeppers } = context.get("services");
  const login = await findLogin(db, address);
  if (login === null || login.password === null) {
    await hashPassword(typed, passwordPeppers);
    throw new AppError("invalid_credentials");
  }
  if (!(await verifyPassword(login.password, typed, passwordPeppers))) throw new AppError("invalid_credentials");
  return login;
}

async function checkFactor(
  context: ApiContext,
  { userId, name, locale }: FoundLogin,
  { email, ...proof }: FactorProof & { readonly email: string },
): Promise<void> {
  if (!(await hasFactor(context.get("services").db, userId))) return;
  const { code, recovery_code: recoveryCode, passkey } = proof;
  if (code === undefined && recoveryCode === undefined && passkey === undefined) throw new AppError("factor_required");
  // Its guesses are counted against the account, as those of a half session are.
  await knockForProof(context, { id: userId, email, name, locale });
  if ((await passFactor(context, userId, proof)) !== null) return;
  await logSecurity(context, "factor_failed", { userId, sessionId: null });
  throw new AppError(passkey === undefined ? "wrong_code" : "passkey_refused");
}
