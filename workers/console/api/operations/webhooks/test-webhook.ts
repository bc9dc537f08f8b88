import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { findWebhookDelivery, sendWebhookTest } from "#store";
import { member } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { enabledWebhook } from "./enabled-webhook.ts";
import { deliveryShape, describeDelivery, webhookPath } from "./webhook.ts";

export const testWebhook = operation({
  id: "testWebhook",
  method: "post",
  path: "/organizations/{org}/webhooks/{webhook}/test",
  tag: "Webhooks",
  summary: "Send `webhook.test` to an endpoint that is enabled, whatever it wants to be told of.",
  access: member("webhooks.manage"),
  params: webhookPath,
  status: 202,
  answer: z.strictObject(deliveryShape),
  async handle({ context, params: { org, webhook } }) {
    await enabledWebhook(context, org, webhook);
    const db = databaseOf(context);
    const id = await sendWebhookTest(db, org, webhook);
    const delivery = id === null ? null : await findWebhookDelivery(db, org, webhook, id);
    if (delivery === null) throw new AppError("not_found");
    return describeDelivery(delivery);
  },
});
