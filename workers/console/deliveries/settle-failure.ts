import { prepareMail, WEBHOOK_FAILING_MAX_MS } from "#notify";
import { autoDisableEndpoint, listWebhookRecipients, markAttemptFailed, type WebhookTarget } from "#store";
import type { DeliveryServices } from "./deliver-due.ts";

type FailedAttempt = Omit<Parameters<typeof markAttemptFailed>[1], "url">;

/** Notes a failed try, and disables an endpoint that is gone or has only failed for days. */
export async function settleFailure(
  services: DeliveryServices,
  target: WebhookTarget,
  attempt: FailedAttempt,
  outcome: "gone" | "failed",
): Promise<void> {
  const { db, clock, logger } = services;
  const since = await markAttemptFailed(db, { ...attempt, url: target.url });
  logger("warn", { message: "webhook_not_delivered", org_id: target.orgId, error_code: attempt.code });
  const hasOnlyFailed = since !== null && clock.nowMs() - since.getTime() >= WEBHOOK_FAILING_MAX_MS;
  if (outcome === "gone") await disable(services, target, "gone");
  else if (hasOnlyFailed) await disable(services, target, "failing");
}

async function disable(
  { db, clock, mail, logger }: DeliveryServices,
  { id, orgId, organizationName, url }: WebhookTarget,
  reason: "gone" | "failing",
): Promise<void> {
  const disabledAt = new Date(clock.nowMs()).toISOString();
  const recipients = await listWebhookRecipients(db, orgId);
  const drafts = await Promise.all(
    recipients.map(({ name, email, locale }) =>
      prepareMail(mail, {
        template: "webhook_disabled",
        // The host alone: the rest of an address may be a secret.
        values: {
          name,
          organization: organizationName,
          host: hostOf(url),
          disabledAt,
          url: `${mail.site.origin}/app/webhooks`,
        },
        to: email,
        locale,
      }),
    ),
  );
  const isDone = await autoDisableEndpoint(db, { endpointId: id, url }, reason, drafts);
  if (isDone) logger("warn", { message: "webhook_disabled", org_id: orgId, error_code: reason });
}

const HOST_CHARACTERS_MAX = 200;
const hostOf = (url: string): string => (URL.parse(url)?.host ?? "?").slice(0, HOST_CHARACTERS_MAX);
