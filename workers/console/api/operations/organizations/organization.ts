import { z } from "@hono/zod-openapi";
import type { OrganizationView } from "#store";
import { idOf, instant } from "../../schemas.ts";

const REGIONS_MAX = 64;
export const codes = z.array(z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "is no lower-case name")).max(REGIONS_MAX);

export const organizationShape = {
  id: idOf("organization"),
  name: z.string(),
  region: z.enum(["global", "eu"]),
  status: z.enum(["active", "suspended"]),
  data_collection: z.enum(["allow", "deny"]),
  zdr: z.boolean(),
  regions: z.array(z.string()).nullable(),
  providers_only: z.array(z.string()).nullable(),
  providers_ignore: z.array(z.string()).nullable(),
  models: z.array(z.string()).nullable(),
  ip_allow: z.array(z.string()).nullable(),
  strict: z.boolean(),
  time_zone: z.string(),
  require_factor: z.boolean(),
  created_at: instant,
} as const;

export function describeOrganization(organization: OrganizationView) {
  return {
    id: organization.id,
    name: organization.name,
    region: organization.region === "e" ? ("eu" as const) : ("global" as const),
    status: organization.status,
    data_collection: organization.dataCollection ?? ("allow" as const),
    zdr: organization.zdr,
    regions: organization.regions,
    providers_only: organization.providersOnly,
    providers_ignore: organization.providersIgnore,
    models: organization.models,
    ip_allow: organization.ipAllow,
    strict: organization.strict,
    time_zone: organization.timeZone,
    require_factor: organization.requireFactor,
    created_at: organization.createdAt.toISOString(),
  };
}

export const inOrganization = z.strictObject({ org: idOf("organization") });
