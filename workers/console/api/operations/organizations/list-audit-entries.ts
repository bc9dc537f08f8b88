import { z } from "@hono/zod-openapi";
import { listAuditEntries as list } from "#store";
import { member } from "../../access.ts";
import { operation } from "../../operation.ts";
import { pageOf, pageQuery, readPage } from "../../pages.ts";
import { idOf, instant } from "../../schemas.ts";
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
  answer: pageOf(
    z.strictObject({
      id: idOf("auditEntry"),
      occurred_at: instant,
      actor: z.strictObject({ kind: z.string(), id: z.string().nullable() }),
      action: z.string(),
      target_id: z.string().nullable(),
      details: z.record(z.string(), z.unknown()),
      request_id: z.string().nullable(),
      ip_address: z.string().nullable(),
      user_agent: z.string().nullable(),
    }),
  ),
  async handle({ context, params, query }) {
    const { db } = context.get("services");
    const { rows, nextCursor } = await readPage(query.limit, (limit) =>
      list(db, params.org, query.cursor ?? null, limit),
    );
    const data = rows.map((entry) => ({
      id: entry.id,
      occurred_at: entry.occurredAt.toISOString(),
      actor: { kind: entry.actorKind, id: entry.actorId },
      action: entry.action,
      target_id: entry.targetId,
      details: z.record(z.string(), z.unknown()).parse(entry.details),
      request_id: entry.requestId,
      ip_address: entry.ipAddress,
      user_agent: entry.userAgent,
    }));
    return { data, next_cursor: nextCursor };
  },
});
