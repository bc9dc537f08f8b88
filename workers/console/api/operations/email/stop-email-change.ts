import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { endEverySession, endMailedLinks, findPerson, stopEmailChange as stop } from "#store";
import { emailChangeMail } from "../../../identity/email-change-mail.ts";
import { hashToken } from "../../../identity/hash-token.ts";
import { logSecurity } from "../../../identity/log-security.ts";
import { PUBLIC } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { linkToken } from "../../schemas.ts";

/** Nobody is signed in by it: a new password comes by the mailbox, and the second factor stays. */
export const stopEmailChange = operation({
  id: "stopEmailChange",
  method: "post",
  path: "/auth/email/stop",
  tag: "Sign-in",
  summary:
    "Stop a change of address with the token that the old address got, or take it back within seven days. Every session ends.",
  access: PUBLIC,
  body: z.strictObject({ token: linkToken }),
  status: 200,
  answer: z.strictObject({ status: z.enum(["stopped", "reversed"]), email: z.string() }),
  door: ({ context }) => knock(context, "link", {}),
  async handle({ context, body }) {
    const { db, clock } = context.get("services");
    const acting = databaseOf(context);
    const stopped = await stop(acting, await hashToken(body.token), new Date(clock.nowMs()));
    if (stopped === null) throw new AppError("link_invalid");
    const { userId, status, oldEmail, newEmail } = stopped;
    await endEverySession(acting, userId);
    await endMailedLinks(acting, userId);
    await logSecurity(context, status === "reversed" ? "email_change_reversed" : "email_change_stopped", {
      userId,
      sessionId: null,
    });
    const person = await findPerson(db, userId);
    if (status === "reversed" && person !== null) {
      const mail = emailChangeMail(context, person);
      for (const address of [oldEmail, newEmail]) await mail.changed(address, newEmail, oldEmail);
    }
    return { status, email: oldEmail };
  },
});
