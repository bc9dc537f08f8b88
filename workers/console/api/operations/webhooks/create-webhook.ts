import { z } from "@hono/zod-openapi";
import { AppError, newId } from "#kernel";
import { newWebhookSecret } from "#notify";
import { createWebhookEndpoint } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { sealSecret } from "../../../identity/seal-secret.ts";
import { inOrganization } from "../organizations/organization.ts";
import { deliverableUrl, describeWebhook, webhookSettings, webhookShape } from "./webhook.ts";

const { url, description, events } = webhookSettings;

export const createWebhook = operation({
  id: "createWebhook",
  method: "post",
  path: "/organizations/{org}/webhooks",
  tag: "Webhooks",
  summary: "Make an endpoint that is told of events. Its signing secret is shown in this answer and never again.",
  access: freshMember("webhooks.manage"),
  isIdempotent: true,
  params: inOrganization,
  body: z.strictObject({ url, description: description.default(null), events: events.default(null) }),
  status: 201,
  answer: z.strictObject({ ...webhookShape, secret: z.string() }),
  async handle({ context, params, body }) {
    const address = deliverableUrl(context, body.url);
    const { clock, random, webhookKey } = context.get("services");
    const id = newId("webhookEndpoint", clock, random);
    const secret = newWebhookSecret(random);
    const made = await createWebhookEndpoint(databaseOf(context), {
      ...body,
      url: address,
      id,
      orgId: params.org,
      sealedSecret: await sealSecret(webhookKey, id, secret),
    });
    if (made === null) throw new AppError("already_exists", { param: "url" });
    return { ...describeWebhook(made), secret };
  },
});
