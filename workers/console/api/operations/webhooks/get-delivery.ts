import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { encodeWebhookEvent } from "#notify";
import { findWebhookDelivery } from "#store";
import { member } from "../../access.ts";
import { operation } from "../../operation.ts";
import { deliveryPath, deliveryShape, describeDelivery } from "./webhook.ts";

export const getWebhookDelivery = operation({
  id: "getWebhookDelivery",
  method: "get",
  path: "/organizations/{org}/webhooks/{webhook}/deliveries/{delivery}",
  tag: "Webhooks",
  summary: "One delivery, with the body that is sent.",
  access: member("webhooks.read"),
  params: deliveryPath,
  status: 200,
  answer: z.strictObject({ ...deliveryShape, body: z.string() }),
  async handle({ context, params: { org, webhook, delivery } }) {
    const found = await findWebhookDelivery(context.get("services").db, org, webhook, delivery);
    if (found === null) throw new AppError("not_found");
    const { type, payload, occurredAt } = found;
    return { ...describeDelivery(found), body: encodeWebhookEvent({ type, payload, createdAt: occurredAt }) };
  },
});
