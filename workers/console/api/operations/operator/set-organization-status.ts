import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { findAnyOrganization, setOrganizationStatus } from "#store";
import { freshOperator } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { inOrganization } from "../organizations/organization.ts";
import { describeOperated, operatedShape, reason } from "./operated-organization.ts";

/** Calls are refused from the next one on, and within a lease's life where an isolate has one; reading and billing stay open. */
export const suspendOrganization = statusOperation({
  id: "suspendOrganization",
  verb: "suspend",
  status: "suspended",
  summary: "Refuse an organization's calls, until it is resumed.",
});

export const resumeOrganization = statusOperation({
  id: "resumeOrganization",
  verb: "resume",
  status: "active",
  summary: "Let a suspended organization go on.",
});

interface StatusOperation {
  readonly id: string;
  readonly verb: string;
  readonly status: "active" | "suspended";
  readonly summary: string;
}

function statusOperation({ id, verb, status, summary }: StatusOperation) {
  return operation({
    id,
    method: "post",
    path: `/operator/organizations/{org}/${verb}`,
    tag: "Operators",
    summary,
    access: freshOperator("organizations.suspend"),
    params: inOrganization,
    body: z.strictObject({ reason }),
    status: 200,
    answer: z.strictObject(operatedShape),
    async handle({ context, params, body }) {
      const { db, project } = context.get("services");
      if (!(await setOrganizationStatus(databaseOf(context), params.org, status, body.reason)))
        throw new AppError("not_found");
      await project();
      const found = await findAnyOrganization(db, params.org);
      if (found === null) throw new AppError("not_found");
      return describeOperated(found);
    },
  });
}
