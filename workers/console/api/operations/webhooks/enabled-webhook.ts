import { AppError } from "#kernel";
import { findWebhookEndpoint } from "#store";
import type { ApiContext } from "../../context.ts";

/** Throws where the organization has no such endpoint, or it is switched off: nothing would be sent. */
export async function enabledWebhook(context: ApiContext, orgId: string, id: string): Promise<void> {
  const endpoint = await findWebhookEndpoint(context.get("services").db, orgId, id);
  if (endpoint === null) throw new AppError("not_found");
  if (endpoint.status !== "enabled")
    throw new AppError("not_possible", { params: { reason: "the endpoint is disabled: enable it first." } });
}
