import { AppError } from "#kernel";
import type { ConsoleServices } from "../compose.ts";
import { sendDueMail } from "../cron/send-mail.ts";
import { hasInternalToken } from "./internal-token.ts";

/** `POST /internal/send-mail`: sends what is due now and answers what became of it. Nothing is here without the token. */
export async function internalSendMail(request: Request, services: ConsoleServices): Promise<Response> {
  if (!(await hasInternalToken(request, services.internalToken))) throw new AppError("not_found");
  return Response.json(await sendDueMail(services.mail));
}
