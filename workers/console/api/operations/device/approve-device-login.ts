import { z } from "@hono/zod-openapi";
import { permissionsOf } from "#identity";
import { AppError } from "#kernel";
import { answerDeviceLogin, findMembership } from "#store";
import { logSecurity } from "../../../identity/log-security.ts";
import { FRESH_USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";
import { machinePermissions } from "../management-keys/management-key.ts";
import { userCode, waitingLogin } from "./waiting-login.ts";

export const approveDeviceLogin = operation({
  id: "approveDeviceLogin",
  method: "post",
  path: "/auth/device/approve",
  tag: "Management keys",
  summary:
    "Let the program behind a code act for you in an organization. It gets what it asked for, less what you leave out of `permissions` and what you may not.",
  access: FRESH_USER,
  body: z.strictObject({
    user_code: userCode,
    organization_id: idOf("organization"),
    permissions: machinePermissions.optional(),
  }),
  status: 200,
  answer: z.strictObject({ client_name: z.string(), permissions: z.array(z.string()) }),
  // Codes of eight letters can be guessed at by whoever is signed in: this bounds how often.
  door: ({ context }) => knock(context, "proof", { account: sessionOf(context).user.id }),
  async handle({ context, body }) {
    const { db, clock } = context.get("services");
    const { id: sessionId, user } = sessionOf(context);
    const login = await waitingLogin(context, body.user_code);
    const membership = await findMembership(db, body.organization_id, user.id);
    if (membership === null) throw new AppError("not_found", { param: "organization_id" });
    if (membership.requireFactor && !user.hasFactor) throw new AppError("factor_required");
    const wanted: readonly string[] = body.permissions ?? login.permissions;
    const asked = login.permissions.filter((permission) => wanted.includes(permission));
    const permissions = permissionsOf(asked, membership.role);
    if (permissions.length === 0)
      throw new AppError("not_possible", { params: { reason: "nothing is left that it asked for and you may." } });
    const answer = { status: "approved", orgId: membership.orgId, memberId: membership.memberId, permissions } as const;
    if (!(await answerDeviceLogin(databaseOf(context), login.id, answer, new Date(clock.nowMs()))))
      throw new AppError("not_found", { param: "user_code" });
    await logSecurity(context, "device_let_in", { userId: user.id, sessionId });
    return { client_name: login.clientName, permissions: [...permissions] };
  },
});
