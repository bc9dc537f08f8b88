import { z } from "@hono/zod-openapi";
import { AppError, newId } from "#kernel";
import { beginEmailChange, findByEmail } from "#store";
import { encodeBase64Url } from "../../../base64url.ts";
import { emailChangeMail } from "../../../identity/email-change-mail.ts";
import { hashToken } from "../../../identity/hash-token.ts";
import { logSecurity } from "../../../identity/log-security.ts";
import { stopTokenOf } from "../../../identity/stop-token.ts";
import { FRESH_USER } from "../../access.ts";
import { answerFirst } from "../../answer-first.ts";
import { databaseOf, sessionOf, type ApiContext } from "../../context.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { email } from "../../schemas.ts";

const TOKEN_BYTES = 32;
const LIFE_MS = 24 * 3_600_000;

/** Answer and time are the same whether the new address has an account or not: only its owner's mailbox tells (S11). */
export const requestEmailChange = operation({
  id: "requestEmailChange",
  method: "post",
  path: "/me/email",
  tag: "Account",
  summary:
    "Change your address. A link to confirm it is mailed to the new one, one to stop it to the old. It takes the place of a change that waits.",
  access: FRESH_USER,
  body: z.strictObject({ email }),
  status: 202,
  answer: z.strictObject({ status: z.literal("confirmation_sent") }),
  door: ({ context, body }) =>
    knock(context, "email_change", { account: sessionOf(context).user.id, address: body.email }),
  async handle({ context, body }) {
    const { id: sessionId, user } = sessionOf(context);
    if (body.email === user.email)
      throw new AppError("not_possible", { param: "email", params: { reason: "this is your address." } });
    await logSecurity(context, "email_change_asked", { userId: user.id, sessionId });
    answerFirst(context, () => begin(context, body.email));
    return { status: "confirmation_sent" as const };
  },
});

async function begin(context: ApiContext, newEmail: string): Promise<void> {
  const { user } = sessionOf(context);
  const { db, clock, random } = context.get("services");
  const id = newId("emailChange", clock, random);
  const token = encodeBase64Url(random(TOKEN_BYTES));
  const stopToken = await stopTokenOf(context, id);
  const expiresAt = new Date(clock.nowMs() + LIFE_MS);
  const [confirmHash, stopHash] = [await hashToken(token), await hashToken(stopToken)];
  const change = { id, userId: user.id, oldEmail: user.email, newEmail, confirmHash, stopHash, expiresAt };
  if (!(await beginEmailChange(databaseOf(context), change))) return;
  await emailChangeMail(context, user).requested(user.email, newEmail, stopToken, expiresAt);
  const owner = await findByEmail(db, newEmail);
  await (owner === null
    ? emailChangeMail(context, user).confirm(newEmail, token, expiresAt)
    : emailChangeMail(context, owner).taken(newEmail));
}
