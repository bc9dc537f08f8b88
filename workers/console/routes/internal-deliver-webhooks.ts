import { AppError } from "#kernel";
import type { ConsoleServices } from "../compose.ts";
import { deliverEverything } from "../deliveries/dispatch-deliveries.ts";
import { hasInternalToken } from "./internal-token.ts";

/** `POST /internal/deliver-webhooks`: sends what is due now and answers what became of it. Nothing is here without the token. */
export async function internalDeliverWebhooks(request: Request, services: ConsoleServices): Promise<Response> {
  if (!(await hasInternalToken(request, services.internalToken))) throw new AppError("not_found");
  return Response.json(await deliverEverything(services.deliveries));
}
