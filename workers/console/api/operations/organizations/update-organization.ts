import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { updateOrganization as update } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { setVersion, versionOf } from "../../if-match.ts";
import { operation } from "../../operation.ts";
import { allowedAddresses, allowedModels, name, timeZone } from "../../schemas.ts";
import { codes, describeOrganization, inOrganization, organizationShape } from "./organization.ts";

export const updateOrganization = operation({
  id: "updateOrganization",
  method: "patch",
  path: "/organizations/{org}",
  tag: "Organizations",
  summary: "Change an organization's settings, from the version that `If-Match` names.",
  access: freshMember("organization.update"),
  wantsVersion: true,
  params: inOrganization,
  body: z.strictObject({
    name: name.optional(),
    data_collection: z.enum(["allow", "deny"]).optional(),
    zdr: z.boolean().optional(),
    regions: codes.nullable().optional(),
    providers_only: codes.nullable().optional(),
    providers_ignore: codes.nullable().optional(),
    models: allowedModels.optional(),
    ip_allow: allowedAddresses.optional(),
    strict: z.boolean().optional(),
    time_zone: timeZone.optional(),
    require_factor: z.boolean().optional(),
  }),
  status: 200,
  answer: z.strictObject(organizationShape),
  async handle({ context, params, body }) {
    // Who asks others for a second factor and has none would be the first to be locked out.
    if (body.require_factor === true && !sessionOf(context).user.hasFactor) throw new AppError("factor_required");
    const { data_collection: collection } = body;
    const updated = await update(databaseOf(context), params.org, versionOf(context), {
      name: body.name,
      dataCollection: collection === undefined ? undefined : collection === "deny" ? "deny" : null,
      zdr: body.zdr,
      regions: body.regions,
      providersOnly: body.providers_only,
      providersIgnore: body.providers_ignore,
      models: body.models,
      ipAllow: body.ip_allow,
      strict: body.strict,
      timeZone: body.time_zone,
      requireFactor: body.require_factor,
    });
    if (updated === null) throw new AppError("version_conflict");
    await context.get("services").project();
    setVersion(context, updated.version);
    return describeOrganization(updated);
  },
});
