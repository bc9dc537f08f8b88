import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { findLogin } from "#store";
import { decodeBase64Url } from "../../../base64url.ts";
import { asked, authOf } from "../../../identity/auth-of.ts";
import { hashPassword, verifyPassword } from "../../../identity/hash-password.ts";
import { logSecurity } from "../../../identity/log-security.ts";
import { PUBLIC } from "../../access.ts";
import type { ApiContext } from "../../context.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { refusedNotBefore } from "../../refused-not-before.ts";
import { linkToken, password } from "../../schemas.ts";

const REFUSAL_MS = 400;

/**
 * Wants the password too: somebody else may have signed up with this address, and its owner's click would confirm an account
 * that the other has the password of.
 */
export const verifyEmail = operation({
  id: "verifyEmail",
  method: "post",
  path: "/auth/verify-email",
  tag: "Sign-in",
  summary:
    "Confirm the address with the token of the mailed link and the account's password. Nobody is signed in by it.",
  access: PUBLIC,
  body: z.strictObject({ token: linkToken, password }),
  status: 200,
  answer: z.strictObject({ status: z.literal("verified") }),
  door: ({ context, body }) => knock(context, "sign_in", { address: addressIn(body.token) }),
  async handle({ context, body }) {
    const confirmed = confirm(context, body.token, body.password);
    const userId = await refusedNotBefore(REFUSAL_MS, confirmed);
    await logSecurity(context, "email_verified", { userId, sessionId: null });
    return { status: "verified" as const };
  },
});

async function confirm(context: ApiContext, token: string, typed: string): Promise<string> {
  const { db, passwordPeppers } = context.get("services");
  const email = addressIn(token);
  if (email === null) throw new AppError("link_invalid");
  const login = await findLogin(db, email);
  if (login?.password === undefined || login.password === null) {
    await hashPassword(typed, passwordPeppers);
    throw new AppError("invalid_credentials");
  }
  if (!(await verifyPassword(login.password, typed, passwordPeppers))) throw new AppError("invalid_credentials");
  // Whether the token is ours, and of this account, is judged here.
  await asked(authOf(context).api.verifyEmail({ query: { token } }));
  return login.userId;
}

const claims = z.object({ email: z.email() });

/** The address that a link's token (a JWT) says it is for. Not believed: only asked whose password was sent. */
function addressIn(token: string): string | null {
  const bytes = decodeBase64Url(token.split(".")[1] ?? "");
  if (bytes === null) return null;
  try {
    return claims.parse(JSON.parse(new TextDecoder().decode(bytes))).email.toLowerCase();
  } catch {
    return null;
  }
}
