import { getSignedCookie } from "hono/cookie";
import type { Context } from "hono";
import { isLive, SESSION_IDLE_SECONDS } from "#identity";
import { extendSession, findSession, type FoundSession } from "#store";
import type { ApiHono } from "../api/context.ts";
import { SESSION_COOKIE } from "./auth.ts";
import { hashToken } from "./hash-token.ts";
import { setSessionCookie } from "./open-session.ts";

const MS_PER_SECOND = 1_000;
/** A session in use is extended once an hour, not with every request. */
const EXTEND_AFTER_MS = 3_600 * MS_PER_SECOND;

/** Whose request it is: from the cookie that we signed, a live session of somebody who may act. Null: nobody's. */
export async function readSession(context: Context<ApiHono>): Promise<FoundSession | null> {
  const { authSecret, db, clock } = context.get("services");
  const token = await getSignedCookie(context, authSecret, SESSION_COOKIE);
  if (typeof token !== "string") return null;
  const found = await findSession(db, await hashToken(token));
  const nowMs = clock.nowMs();
  if (found === null || found.user.status !== "active" || !isLive(found.times, nowMs)) return null;
  const idleMs = SESSION_IDLE_SECONDS * MS_PER_SECOND;
  if (found.times.expiresAtMs - nowMs < idleMs - EXTEND_AFTER_MS) {
    await extendSession(db, found.id, new Date(nowMs + idleMs));
    await setSessionCookie(context, token, authSecret);
  }
  return found;
}
