import { z } from "@hono/zod-openapi";
import { listManagementKeys as list } from "#store";
import { member } from "../../access.ts";
import { operation } from "../../operation.ts";
import { pageOf, pageQuery, readPage } from "../../pages.ts";
import { inOrganization } from "../organizations/organization.ts";
import { describeManagementKey, managementKeyShape } from "./management-key.ts";

export const listManagementKeys = operation({
  id: "listManagementKeys",
  method: "get",
  path: "/organizations/{org}/management-keys",
  tag: "Management keys",
  summary: "The organization's management keys, newest first; revoked ones among them.",
  access: member("management_keys.manage"),
  params: inOrganization,
  query: z.strictObject(pageQuery),
  status: 200,
  answer: pageOf(z.strictObject(managementKeyShape)),
  async handle({ context, params, query }) {
    const { db } = context.get("services");
    const { rows, nextCursor } = await readPage(query.limit, (limit) =>
      list(db, params.org, query.cursor ?? null, limit),
    );
    return { data: rows.map(describeManagementKey), next_cursor: nextCursor };
  },
});
