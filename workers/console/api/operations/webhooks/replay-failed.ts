import { z } from "@hono/zod-openapi";
import { WEBHOOK_FAILED_REPLAYS_AN_HOUR_MAX, WEBHOOK_REPLAYS_MAX } from "#notify";
import { replayFailedDeliveries } from "#store";
import { member } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { instant } from "../../schemas.ts";
import { enabledWebhook } from "./enabled-webhook.ts";
import { webhookPath } from "./webhook.ts";

export const replayFailedWebhooks = operation({
  id: "replayFailedWebhooks",
  method: "post",
  path: "/organizations/{org}/webhooks/{webhook}/replay",
  tag: "Webhooks",
  summary: `Send again what failed since an instant, the oldest first, ${WEBHOOK_REPLAYS_MAX} at most: ask again while as many are answered. An endpoint gets ${WEBHOOK_FAILED_REPLAYS_AN_HOUR_MAX} so in an hour.`,
  access: member("webhooks.manage"),
  params: webhookPath,
  body: z.strictObject({ since: instant }),
  status: 202,
  answer: z.strictObject({ replayed: z.int() }),
  async handle({ context, params: { org, webhook }, body }) {
    await enabledWebhook(context, org, webhook);
    const since = new Date(body.since);
    return { replayed: await replayFailedDeliveries(databaseOf(context), org, webhook, since, WEBHOOK_REPLAYS_MAX) };
  },
});
