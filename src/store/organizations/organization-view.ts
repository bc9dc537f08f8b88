import { organization } from "../schema/index.ts";

/** What members see of an organization. */
export const ORGANIZATION_COLUMNS = {
  id: organization.id,
  name: organization.name,
  region: organization.region,
  status: organization.status,
  dataCollection: organization.dataCollection,
  zdr: organization.zdr,
  regions: organization.regions,
  providersOnly: organization.providersOnly,
  providersIgnore: organization.providersIgnore,
  models: organization.models,
  ipAllow: organization.ipAllow,
  strict: organization.strict,
  timeZone: organization.timeZone,
  requireFactor: organization.requireFactor,
  version: organization.version,
  createdAt: organization.createdAt,
} as const;

export type OrganizationView = Pick<typeof organization.$inferSelect, keyof typeof ORGANIZATION_COLUMNS>;
