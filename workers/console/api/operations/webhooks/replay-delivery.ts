import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { WEBHOOK_REPLAYS_AN_HOUR_MAX } from "#notify";
import { findWebhookDelivery, replayDelivery } from "#store";
import { member } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { enabledWebhook } from "./enabled-webhook.ts";
import { deliveryPath, deliveryShape, describeDelivery } from "./webhook.ts";

export const replayWebhookDelivery = operation({
  id: "replayWebhookDelivery",
  method: "post",
  path: "/organizations/{org}/webhooks/{webhook}/deliveries/{delivery}/replay",
  tag: "Webhooks",
  summary: `Send one delivery again, now, with the same \`webhook-id\`, whatever became of it: ${WEBHOOK_REPLAYS_AN_HOUR_MAX} an endpoint and hour.`,
  access: member("webhooks.manage"),
  params: deliveryPath,
  status: 202,
  answer: z.strictObject(deliveryShape),
  async handle({ context, params: { org, webhook, delivery } }) {
    await enabledWebhook(context, org, webhook);
    const db = databaseOf(context);
    const isReplayed = await replayDelivery(db, org, webhook, delivery);
    const found = isReplayed ? await findWebhookDelivery(db, org, webhook, delivery) : null;
    if (found === null) throw new AppError("not_found");
    return describeDelivery(found);
  },
});
