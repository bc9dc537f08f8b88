import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { ApiContext } from "../../api/context.ts";
import { encodeBase64Url } from "../../base64url.ts";
import { SIGN_IN_MS } from "../challenge.ts";

/** Which browser began a sign-in elsewhere: nobody is signed in to another's account by a link to the end of one. */
export const BROWSER_COOKIE = "__Host-prismatic-sign-in";
const COOKIE_BYTES = 32;
const MS_PER_SECOND = 1_000;
const ATTRIBUTES = { httpOnly: true, secure: true, sameSite: "Lax", path: "/" } as const;

export function markBrowser(context: ApiContext): string {
  const mark = encodeBase64Url(context.get("services").random(COOKIE_BYTES));
  setCookie(context, BROWSER_COOKIE, mark, { ...ATTRIBUTES, maxAge: SIGN_IN_MS / MS_PER_SECOND });
  return mark;
}

/** Takes the mark away; null where this browser has none. */
export function takeBrowserMark(context: ApiContext): string | null {
  const mark = getCookie(context, BROWSER_COOKIE) ?? null;
  if (mark !== null) deleteCookie(context, BROWSER_COOKIE, ATTRIBUTES);
  return mark;
}
