import { z } from "@hono/zod-openapi";
import { listWebhookEndpoints } from "#store";
import { member } from "../../access.ts";
import { operation } from "../../operation.ts";
import { pageOf, pageQuery, readPage } from "../../pages.ts";
import { inOrganization } from "../organizations/organization.ts";
import { describeWebhook, webhookShape } from "./webhook.ts";

export const listWebhooks = operation({
  id: "listWebhooks",
  method: "get",
  path: "/organizations/{org}/webhooks",
  tag: "Webhooks",
  summary: "The organization's webhook endpoints, newest first.",
  access: member("webhooks.read"),
  params: inOrganization,
  query: z.strictObject(pageQuery),
  status: 200,
  answer: pageOf(z.strictObject(webhookShape)),
  async handle({ context, params, query }) {
    const { db } = context.get("services");
    const { rows, nextCursor } = await readPage(query.limit, (limit) =>
      listWebhookEndpoints(db, params.org, query.cursor ?? null, limit),
    );
    return { data: rows.map(describeWebhook), next_cursor: nextCursor };
  },
});
