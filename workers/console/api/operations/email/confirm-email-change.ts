import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { confirmEmailChange as confirm, endMailedLinks, endOtherSessions } from "#store";
import { emailChangeMail } from "../../../identity/email-change-mail.ts";
import { hashToken } from "../../../identity/hash-token.ts";
import { logSecurity } from "../../../identity/log-security.ts";
import { stopTokenOf } from "../../../identity/stop-token.ts";
import { USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { linkToken } from "../../schemas.ts";

/** So long the old address takes it back. */
const REVERSIBLE_MS = 7 * 24 * 3_600_000;

/** Wants a session of whoever asked: else a click on a stranger's link would give the stranger's account one's own address. */
export const confirmEmailChange = operation({
  id: "confirmEmailChange",
  method: "post",
  path: "/me/email/confirm",
  tag: "Account",
  summary:
    "Make the change of address with the token that the new address got. Other sessions end; the old address can take it back for seven days.",
  access: USER,
  body: z.strictObject({ token: linkToken }),
  status: 200,
  answer: z.strictObject({ email: z.string() }),
  door: ({ context }) => knock(context, "link", {}),
  async handle({ context, body }) {
    const { id: sessionId, user } = sessionOf(context);
    const nowMs = context.get("services").clock.nowMs();
    const db = databaseOf(context);
    const link = { confirmHash: await hashToken(body.token), userId: user.id };
    const reversibleUntil = new Date(nowMs + REVERSIBLE_MS);
    const made = await confirm(db, link, { now: new Date(nowMs), reversibleUntil });
    if (made === null) throw new AppError("link_invalid");
    await endOtherSessions(db, user.id, sessionId);
    await endMailedLinks(db, user.id);
    await logSecurity(context, "email_changed", { userId: user.id, sessionId });
    const mail = emailChangeMail(context, user);
    await mail.made(made.oldEmail, made.newEmail, await stopTokenOf(context, made.id), reversibleUntil);
    await mail.changed(made.newEmail, made.oldEmail, made.newEmail);
    return { email: made.newEmail };
  },
});
