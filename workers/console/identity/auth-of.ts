import { isAPIError } from "better-auth/api";
import { AppError, type ErrorCode } from "#kernel";
import { databaseOf, type ApiContext } from "../api/context.ts";
import { createAuth, type Auth, type NewPerson } from "./auth.ts";
import { authMail } from "./auth-mail.ts";

/** better-auth for this request. */
export function authOf(context: ApiContext, newPerson: NewPerson | null = null): Auth {
  const { siteUrl, authSecret, passwordPeppers, clock, random } = context.get("services");
  return createAuth({
    db: databaseOf(context),
    siteUrl,
    secret: authSecret,
    peppers: passwordPeppers,
    mail: authMail(context),
    newPerson,
    clock,
    random,
  });
}

/** What better-auth refuses, in our codes. Anything else is a fault. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  INVALID_EMAIL_OR_PASSWORD: "invalid_credentials",
  INVALID_PASSWORD: "invalid_credentials",
  // The same as for no account at all: else a sign-up and a sign-in together would tell which addresses have one (S11).
  EMAIL_NOT_VERIFIED: "invalid_credentials",
  PASSWORD_TOO_LONG: "invalid_credentials",
  INVALID_TOKEN: "link_invalid",
  TOKEN_EXPIRED: "link_invalid",
  USER_NOT_FOUND: "link_invalid",
};

/** Runs a call of better-auth's and translates its refusal. */
export async function asked<Value>(call: Promise<Value>): Promise<Value> {
  try {
    return await call;
  } catch (error) {
    const code = isAPIError(error) ? CODES[error.body?.["code"] ?? ""] : undefined;
    throw code === undefined ? error : new AppError(code, { cause: error });
  }
}

/** Hands on the cookies that better-auth sets. */
export function takeCookies(context: ApiContext, headers: Headers): void {
  for (const cookie of headers.getSetCookie()) context.header("set-cookie", cookie, { append: true });
}
