import { z } from "@hono/zod-openapi";
import { MACHINE_PERMISSIONS } from "#identity";
import type { ManagementKeyView } from "#store";
import { idOf, instant, isoOrNull } from "../../schemas.ts";

/** What a management key may be given: at least one. */
export const machinePermissions = z.array(z.enum(MACHINE_PERMISSIONS)).min(1).max(MACHINE_PERMISSIONS.length);

export const managementKeyShape = {
  id: idOf("managementKey"),
  name: z.string(),
  prefix: z.string(),
  last_four: z.string(),
  permissions: z.array(z.string()),
  created_by: idOf("member"),
  created_at: instant,
  expires_at: instant.nullable(),
  revoked_at: instant.nullable(),
  /** To the hour. */
  last_used_at: instant.nullable(),
} as const;

/** A management key as members see it. The key itself was shown once, when it was made. */
export function describeManagementKey(key: ManagementKeyView) {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    last_four: key.lastFour,
    permissions: key.permissions,
    created_by: key.createdBy,
    created_at: key.createdAt.toISOString(),
    expires_at: isoOrNull(key.expiresAt),
    revoked_at: isoOrNull(key.revokedAt),
    last_used_at: isoOrNull(key.lastUsedAt),
  };
}
