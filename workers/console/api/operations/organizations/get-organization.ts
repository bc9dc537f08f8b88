import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { findOrganization } from "#store";
import { member } from "../../access.ts";
import { setVersion } from "../../if-match.ts";
import { operation } from "../../operation.ts";
import { describeOrganization, inOrganization, organizationShape } from "./organization.ts";

export const getOrganization = operation({
  id: "getOrganization",
  method: "get",
  path: "/organizations/{org}",
  tag: "Organizations",
  summary: "An organization and its settings. Its `ETag` is the version to change it from.",
  access: member("organization.read"),
  params: inOrganization,
  status: 200,
  answer: z.strictObject(organizationShape),
  async handle({ context, params }) {
    const organization = await findOrganization(context.get("services").db, params.org);
    if (organization === null) throw new AppError("not_found");
    setVersion(context, organization.version);
    return describeOrganization(organization);
  },
});
