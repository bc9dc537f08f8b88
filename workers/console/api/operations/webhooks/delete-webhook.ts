import { AppError } from "#kernel";
import { deleteWebhookEndpoint } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { webhookPath } from "./webhook.ts";

export const deleteWebhook = operation({
  id: "deleteWebhook",
  method: "delete",
  path: "/organizations/{org}/webhooks/{webhook}",
  tag: "Webhooks",
  summary: "Delete an endpoint with its deliveries, at once.",
  access: freshMember("webhooks.manage"),
  params: webhookPath,
  status: 204,
  answer: null,
  async handle({ context, params }) {
    if (!(await deleteWebhookEndpoint(databaseOf(context), params.org, params.webhook)))
      throw new AppError("not_found");
    return null;
  },
});
