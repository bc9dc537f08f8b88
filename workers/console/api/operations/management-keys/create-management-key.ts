import { z } from "@hono/zod-openapi";
import { permissionsOf } from "#identity";
import { AppError, newId } from "#kernel";
import { mintManagementKey } from "#keys";
import { createManagementKey as create } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf, membershipOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { instant, name } from "../../schemas.ts";
import { inOrganization } from "../organizations/organization.ts";
import { describeManagementKey, machinePermissions, managementKeyShape } from "./management-key.ts";

export const createManagementKey = operation({
  id: "createManagementKey",
  method: "post",
  path: "/organizations/{org}/management-keys",
  tag: "Management keys",
  summary: "Make a management key. It is shown in this answer and never again, and acts for you.",
  access: freshMember("management_keys.manage"),
  isIdempotent: true,
  params: inOrganization,
  body: z.strictObject({ name, permissions: machinePermissions, expires_at: instant.nullable().default(null) }),
  status: 201,
  answer: z.strictObject({ ...managementKeyShape, key: z.string() }),
  async handle({ context, params, body }) {
    const { clock, random, keyPeppers } = context.get("services");
    const expiresAt = body.expires_at === null ? null : new Date(body.expires_at);
    if (expiresAt !== null && expiresAt.getTime() <= clock.nowMs())
      throw new AppError("invalid_parameter", {
        param: "expires_at",
        params: { param: "expires_at", reason: "is past." },
      });
    const { memberId, role } = membershipOf(context);
    const { key, hash, ...shown } = await mintManagementKey(keyPeppers, random);
    const made = await create(databaseOf(context), {
      id: newId("managementKey", clock, random),
      orgId: params.org,
      name: body.name,
      permissions: permissionsOf(body.permissions, role),
      createdBy: memberId,
      expiresAt,
      keyHash: hash,
      ...shown,
    });
    return { ...describeManagementKey(made), key };
  },
});
