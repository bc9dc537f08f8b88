import { z } from "@hono/zod-openapi";
import { permissionsOf } from "#identity";
import { AppError } from "#kernel";
import { findOrganization } from "#store";
import { KEY_ITSELF } from "../../access.ts";
import { managementKeyOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf, instant, isoOrNull } from "../../schemas.ts";

export const getOwnManagementKey = operation({
  id: "getOwnManagementKey",
  method: "get",
  path: "/management-key",
  tag: "Management keys",
  summary: "Which management key asks, and what it may now: not what its maker no longer may.",
  access: KEY_ITSELF,
  status: 200,
  answer: z.strictObject({
    id: idOf("managementKey"),
    name: z.string(),
    organization: z.strictObject({ id: idOf("organization"), name: z.string() }),
    member_id: idOf("member"),
    permissions: z.array(z.string()),
    expires_at: instant.nullable(),
  }),
  async handle({ context }) {
    const { id, orgId, name, memberId, role, permissions, expiresAt } = managementKeyOf(context);
    const organization = await findOrganization(context.get("services").db, orgId);
    if (organization === null) throw new AppError("not_found");
    return {
      id,
      name,
      organization: { id: orgId, name: organization.name },
      member_id: memberId,
      permissions: [...permissionsOf(permissions, role)],
      expires_at: isoOrNull(expiresAt),
    };
  },
});
