import { z } from "@hono/zod-openapi";
import { grantableRoles } from "#identity";
import { AppError, newId } from "#kernel";
import { createInvitation as create, organizationName } from "#store";
import { encodeBase64Url } from "../../../base64url.ts";
import { hashToken } from "../../../identity/hash-token.ts";
import { freshMember } from "../../access.ts";
import { databaseOf, membershipOf, sessionOf } from "../../context.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { email, idOf, instant } from "../../schemas.ts";
import { inOrganization } from "../organizations/organization.ts";

const TOKEN_BYTES = 32;
const LIFE_MS = 7 * 24 * 3_600_000;
const INVITED_ROLES = ["admin", "developer", "billing", "viewer"] as const;

export const createInvitation = operation({
  id: "createInvitation",
  method: "post",
  path: "/organizations/{org}/invitations",
  tag: "Members",
  summary: "Invite somebody by e-mail. Only an account with that address can accept.",
  access: freshMember("members.invite"),
  isIdempotent: true,
  params: inOrganization,
  body: z.strictObject({ email, role: z.enum(INVITED_ROLES) }),
  status: 201,
  answer: z.strictObject({ id: idOf("invitation"), expires_at: instant }),
  door: ({ context, params, body }) => knock(context, "invitation", { account: params.org, address: body.email }),
  async handle({ context, params, body }) {
    const { memberId, role: ownRole } = membershipOf(context);
    const { clock, random, db, siteUrl, sendMail } = context.get("services");
    if (!grantableRoles(ownRole).includes(body.role)) {
      const reason = `you may invite as: ${grantableRoles(ownRole).join(", ")}.`;
      throw new AppError("not_possible", { param: "role", params: { reason } });
    }
    const id = newId("invitation", clock, random);
    const token = encodeBase64Url(random(TOKEN_BYTES));
    const expiresAt = new Date(clock.nowMs() + LIFE_MS);
    const tokenHash = await hashToken(token);
    const invitation = { id, orgId: params.org, ...body, tokenHash, invitedBy: memberId, expiresAt };
    if (!(await create(databaseOf(context), invitation))) throw new AppError("already_exists", { param: "email" });
    const { user } = sessionOf(context);
    const values = {
      inviter: user.name,
      organization: await organizationName(db, params.org),
      role: body.role,
      url: `${siteUrl}/invitation#token=${token}`,
      expiresAt: expiresAt.toISOString(),
    };
    const mail = { template: "invitation", to: body.email, locale: user.locale, values } as const;
    await sendMail(context, { ...mail, expiresAtMs: expiresAt.getTime() });
    return { id, expires_at: expiresAt.toISOString() };
  },
});
