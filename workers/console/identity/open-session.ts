import { setSignedCookie } from "hono/cookie";
import { SESSION_IDLE_SECONDS } from "#identity";
import { newId } from "#kernel";
import { beginSession } from "#store";
import { databaseOf, originOf, type ApiContext } from "../api/context.ts";
import { encodeBase64Url } from "../base64url.ts";
import { SESSION_COOKIE } from "./auth.ts";
import { hashToken } from "./hash-token.ts";

const TOKEN_BYTES = 32;
const MS_PER_SECOND = 1_000;

/**
 * Signs somebody in who proved who they are by something else than a password, and sets the cookie. `withFactor`: the proof
 * counts as the second factor too. Answers the session's id; null where they may not act.
 */
export async function openSession(
  context: ApiContext,
  userId: string,
  { withFactor }: { readonly withFactor: boolean },
): Promise<string | null> {
  const { authSecret, clock, random } = context.get("services");
  const token = encodeBase64Url(random(TOKEN_BYTES));
  const { ipAddress, userAgent } = originOf(context);
  const now = new Date(clock.nowMs());
  const id = newId("session", clock, random);
  const isBegun = await beginSession(databaseOf(context, userId), {
    id,
    userId,
    tokenHash: await hashToken(token),
    expiresAt: new Date(now.getTime() + SESSION_IDLE_SECONDS * MS_PER_SECOND),
    provedAt: now,
    factorAt: withFactor ? now : null,
    ipAddress,
    userAgent,
  });
  if (!isBegun) return null;
  await setSessionCookie(context, token, authSecret);
  return id;
}

/** As better-auth sets it. */
export function setSessionCookie(context: ApiContext, token: string, authSecret: string): Promise<void> {
  return setSignedCookie(context, SESSION_COOKIE, token, authSecret, {
    httpOnly: true,
    secure: true,
    sameSite: "Lax",
    path: "/",
    maxAge: SESSION_IDLE_SECONDS,
  });
}
