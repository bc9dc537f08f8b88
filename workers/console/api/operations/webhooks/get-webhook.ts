import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { findWebhookEndpoint } from "#store";
import { member } from "../../access.ts";
import { operation } from "../../operation.ts";
import { describeWebhook, webhookPath, webhookShape } from "./webhook.ts";

export const getWebhook = operation({
  id: "getWebhook",
  method: "get",
  path: "/organizations/{org}/webhooks/{webhook}",
  tag: "Webhooks",
  summary: "One webhook endpoint.",
  access: member("webhooks.read"),
  params: webhookPath,
  status: 200,
  answer: z.strictObject(webhookShape),
  async handle({ context, params }) {
    const endpoint = await findWebhookEndpoint(context.get("services").db, params.org, params.webhook);
    if (endpoint === null) throw new AppError("not_found");
    return describeWebhook(endpoint);
  },
});
