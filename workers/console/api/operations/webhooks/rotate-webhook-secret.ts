import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { newWebhookSecret, WEBHOOK_OVERLAP_MS } from "#notify";
import { findWebhookEndpoint, rotateWebhookSecret as rotate } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf, type ApiContext } from "../../context.ts";
import { operation } from "../../operation.ts";
import { sealSecret } from "../../../identity/seal-secret.ts";
import { describeWebhook, webhookPath, webhookShape } from "./webhook.ts";

export const rotateWebhookSecret = operation({
  id: "rotateWebhookSecret",
  method: "post",
  path: "/organizations/{org}/webhooks/{webhook}/rotate-secret",
  tag: "Webhooks",
  summary:
    "Make a new signing secret, which is shown in this answer and never again. The old one signs beside it for a day, in which there is no other rotation.",
  access: freshMember("webhooks.manage"),
  isIdempotent: true,
  params: webhookPath,
  status: 200,
  answer: z.strictObject({ ...webhookShape, secret: z.string() }),
  async handle({ context, params }) {
    const { clock, random, webhookKey } = context.get("services");
    const secret = newWebhookSecret(random);
    const sealed = await sealSecret(webhookKey, params.webhook, secret);
    const endsAt = new Date(clock.nowMs() + WEBHOOK_OVERLAP_MS);
    const rotated = await rotate(databaseOf(context), params.org, params.webhook, sealed, endsAt);
    if (rotated === null) throw await whyNotRotated(context, params.org, params.webhook);
    return { ...describeWebhook(rotated), secret };
  },
});

async function whyNotRotated(context: ApiContext, orgId: string, id: string): Promise<AppError> {
  const endpoint = await findWebhookEndpoint(context.get("services").db, orgId, id);
  if (endpoint === null) return new AppError("not_found");
  const until = endpoint.previousEndsAt?.toISOString() ?? "its end";
  const reason = `the secret before the last rotation signs until ${until}. Rotate then, or make another endpoint.`;
  return new AppError("not_possible", { params: { reason } });
}
