import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { updateWebhookEndpoint } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { deliverableUrl, describeWebhook, webhookPath, webhookSettings, webhookShape } from "./webhook.ts";

export const updateWebhook = operation({
  id: "updateWebhook",
  method: "patch",
  path: "/organizations/{org}/webhooks/{webhook}",
  tag: "Webhooks",
  summary:
    "Change where an endpoint leads and what it is told of, or switch it off and on. What waits for it ends when it is off.",
  access: freshMember("webhooks.manage"),
  params: webhookPath,
  body: z.strictObject({ ...webhookSettings, status: z.enum(["enabled", "disabled"]) }).partial(),
  status: 200,
  answer: z.strictObject(webhookShape),
  async handle({ context, params, body: { url, ...rest } }) {
    const changes = { ...rest, url: url === undefined ? undefined : deliverableUrl(context, url) };
    const updated = await updateWebhookEndpoint(databaseOf(context), params.org, params.webhook, changes);
    if (updated === null) throw new AppError("not_found");
    if (updated === "taken") throw new AppError("already_exists", { param: "url" });
    return describeWebhook(updated);
  },
});
