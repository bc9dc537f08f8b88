import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { findAnyOrganization } from "#store";
import { operator } from "../../access.ts";
import { operation } from "../../operation.ts";
import { inOrganization } from "../organizations/organization.ts";
import { describeOperated, operatedShape } from "./operated-organization.ts";

export const getAnyOrganization = operation({
  id: "getAnyOrganization",
  method: "get",
  path: "/operator/organizations/{org}",
  tag: "Operators",
  summary: "An organization: its state, and what its wallet has in the ledger.",
  access: operator("organizations.read"),
  params: inOrganization,
  status: 200,
  answer: z.strictObject(operatedShape),
  async handle({ context, params }) {
    const found = await findAnyOrganization(context.get("services").db, params.org);
    if (found === null) throw new AppError("not_found");
    return describeOperated(found);
  },
});
