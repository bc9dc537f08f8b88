import { z } from "@hono/zod-openapi";
import { AppError, newId } from "#kernel";
import { acceptInvitation as accept } from "#store";
import { hashToken } from "../../../identity/hash-token.ts";
import { USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { idOf, linkToken } from "../../schemas.ts";

/** Addresses of accounts that can sign in were confirmed, so that whoever has the account has the mailbox (S15). */
export const acceptInvitation = operation({
  id: "acceptInvitation",
  method: "post",
  path: "/invitations/accept",
  tag: "Members",
  summary: "Accept an invitation with the token of its link. It has to be for the address of your account.",
  access: USER,
  body: z.strictObject({ token: linkToken }),
  status: 200,
  answer: z.strictObject({ organization_id: idOf("organization"), member_id: idOf("member") }),
  door: ({ context }) => knock(context, "link", {}),
  async handle({ context, body }) {
    const { clock, random } = context.get("services");
    const { user } = sessionOf(context);
    const memberId = newId("member", clock, random);
    const orgId = await accept(databaseOf(context), {
      tokenHash: await hashToken(body.token),
      userId: user.id,
      email: user.email,
      memberId,
      now: new Date(clock.nowMs()),
    });
    if (orgId === null) throw new AppError("link_invalid");
    return { organization_id: orgId, member_id: memberId };
  },
});
