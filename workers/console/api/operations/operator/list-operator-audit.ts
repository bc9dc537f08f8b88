import { z } from "@hono/zod-openapi";
import { listOperatorEntries } from "#store";
import { operator } from "../../access.ts";
import { operation } from "../../operation.ts";
import { pageOf, pageQuery, readPage } from "../../pages.ts";
import { auditShape, describeAuditEntry } from "../organizations/audit-entry.ts";

export const listOperatorAudit = operation({
  id: "listOperatorAudit",
  method: "get",
  path: "/operator/audit",
  tag: "Operators",
  summary: "What operators did, newest first, in whatever organization.",
  access: operator("operators.read"),
  query: z.strictObject(pageQuery),
  status: 200,
  answer: pageOf(z.strictObject({ ...auditShape, org_id: z.string().nullable() })),
  async handle({ context, query }) {
    const { db } = context.get("services");
    const { rows, nextCursor } = await readPage(query.limit, (limit) =>
      listOperatorEntries(db, query.cursor ?? null, limit),
    );
    const data = rows.map((entry) => Object.assign(describeAuditEntry(entry), { org_id: entry.orgId }));
    return { data, next_cursor: nextCursor };
  },
});
