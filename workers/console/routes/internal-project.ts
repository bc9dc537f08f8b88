import { AppError } from "#kernel";
import { retrySetAsideEvents } from "#store";
import type { ConsoleServices } from "../compose.ts";
import { projectOutbox } from "../cron/project-outbox.ts";

/**
 * `POST /internal/project`: runs the projector now and answers its report. `?retry=set-aside` first puts given-up events
 * back in line. Without the internal token it is as if there were nothing here.
 */
export async function internalProject(request: Request, services: ConsoleServices): Promise<Response> {
  const sent = /^Bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  if (!(await equalTokens(sent, services.internalToken))) throw new AppError("not_found");
  const retries = new URL(request.url).searchParams.get("retry") === "set-aside";
  const retried = retries ? await retrySetAsideEvents(services.db) : 0;
  const { applied, failed, waiting, setAside } = await projectOutbox(services.db, services.applyEvents);
  return Response.json({ applied, failed, waiting, set_aside: setAside, retried });
}

/** Compares digests, every byte of them: neither the length nor a common beginning shows in the time taken. */
async function equalTokens(sent: string, expected: string): Promise<boolean> {
  const [left, right] = await Promise.all([digest(sent), digest(expected)]);
  let difference = 0;
  for (const [index, byte] of left.entries()) difference |= byte ^ (right[index] ?? 0);
  return difference === 0;
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
