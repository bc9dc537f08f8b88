import { AppError } from "#kernel";
import { retrySetAsideEvents } from "#store";
import type { ConsoleServices } from "../compose.ts";
import { projectOutbox } from "../cron/project-outbox.ts";
import { hasInternalToken } from "./internal-token.ts";

/**
 * `POST /internal/project`: runs the projector now and answers its report. `?retry=set-aside` first puts given-up events
 * back in line. Without the internal token it is as if there were nothing here.
 */
export async function internalProject(request: Request, services: ConsoleServices): Promise<Response> {
  if (!(await hasInternalToken(request, services.internalToken))) throw new AppError("not_found");
  const retries = new URL(request.url).searchParams.get("retry") === "set-aside";
  const retried = retries ? await retrySetAsideEvents(services.db) : 0;
  const { applied, failed, waiting, setAside } = await projectOutbox(services.db, services.applyEvents);
  return Response.json({ applied, failed, waiting, set_aside: setAside, retried });
}
