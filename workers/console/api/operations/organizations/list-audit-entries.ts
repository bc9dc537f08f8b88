import { z } from "@hono/zod-openapi";
import { listAuditEntries as list } from "#store";
import { member } from "../../access.ts";
import { operation } from "../../operation.ts";
import { pageOf, pageQuery, readPage } from "../../pages.ts";
import { auditShape, describeOwnAuditEntry } from "./audit-entry.ts";
import { inOrganization } from "./organization.ts";

export const listAuditEntries = operation({
  id: "listAuditEntries",
  method: "get",
  path: "/organizations/{org}/audit",
  tag: "Organizations",
  summary: "Who changed what, newest first.",
  access: member("audit.read"),
  params: inOrganization,
  query: z.strictObject(pageQuery),
  status: 200,
  answer: pageOf(z.strictObject(auditShape)),
  async handle({ context, params, query }) {
    const { db } = context.get("services");
    const { rows, nextCursor } = await readPage(query.limit, (limit) =>
      list(db, params.org, query.cursor ?? null, limit),
    );
    return { data: rows.map(describeOwnAuditEntry), next_cursor: nextCursor };
  },
});
