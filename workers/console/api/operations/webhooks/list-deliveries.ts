import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { findWebhookEndpoint, listWebhookDeliveries as list } from "#store";
import { member } from "../../access.ts";
import { operation } from "../../operation.ts";
import { pageOf, pageQuery, readPage } from "../../pages.ts";
import { deliveryShape, deliveryStatus, describeDelivery, webhookPath } from "./webhook.ts";

export const listWebhookDeliveries = operation({
  id: "listWebhookDeliveries",
  method: "get",
  path: "/organizations/{org}/webhooks/{webhook}/deliveries",
  tag: "Webhooks",
  summary: "What was sent to an endpoint, or waits for it, newest first.",
  access: member("webhooks.read"),
  params: webhookPath,
  query: z.strictObject({ ...pageQuery, status: deliveryStatus.optional() }),
  status: 200,
  answer: pageOf(z.strictObject(deliveryShape)),
  async handle({ context, params: { org: orgId, webhook: endpointId }, query }) {
    const { db } = context.get("services");
    if ((await findWebhookEndpoint(db, orgId, endpointId)) === null) throw new AppError("not_found");
    const { rows, nextCursor } = await readPage(query.limit, (limit) =>
      list(db, { orgId, endpointId, status: query.status ?? null, before: query.cursor ?? null }, limit),
    );
    return { data: rows.map(describeDelivery), next_cursor: nextCursor };
  },
});
