import { AppError } from "#kernel";
import type { Logger } from "../../http/logger.ts";
import type { ConsoleServices } from "../compose.ts";
import { sealAudit } from "../cron/seal-audit.ts";
import { hasInternalToken } from "./internal-token.ts";

/**
 * `POST /internal/seal-audit`: seals what waits in the whole audit log now and answers what was done. Without the internal
 * token it is as if there were nothing here.
 */
export async function internalSealAudit(
  request: Request,
  { db, auditKeys, internalToken }: ConsoleServices,
  { clock, logger }: { readonly clock: () => number; readonly logger: Logger },
): Promise<Response> {
  if (!(await hasInternalToken(request, internalToken))) throw new AppError("not_found");
  const { sealed, failed, unsealed } = await sealAudit({ db, keys: auditKeys, clock, logger, isWhole: true });
  return Response.json({ sealed, failed, unsealed });
}
