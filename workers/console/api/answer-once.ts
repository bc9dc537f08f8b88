import { AppError } from "#kernel";
import { beginRequest, endRequest } from "#store";
import { consoleLogger } from "../../http/logger.ts";
import type { ApiContext } from "./context.ts";
import { knownError } from "./known-error.ts";
import { keptAnswer, nameRequest, openAnswer, sealAnswer, type KeptAnswer } from "./kept-answer.ts";

const HEADER = "idempotency-key";
const KEY_FORM = /^[\x21-\x7e]{1,255}$/;
const KEPT_HEADERS = ["content-type", "etag"];

/**
 * Does what is asked once for each `Idempotency-Key` of whoever asks, and answers a repetition with the first answer. A
 * refusal frees the key: nothing was done. What failed in the middle does not: nobody knows whether it was done.
 */
export async function answerOnce(
  context: ApiContext,
  asked: { readonly id: string; readonly input: unknown },
  run: () => Promise<Response>,
): Promise<Response> {
  const key = context.req.header(HEADER);
  if (key === undefined) return run();
  if (!KEY_FORM.test(key))
    throw new AppError("invalid_parameter", {
      param: "Idempotency-Key",
      params: { param: "Idempotency-Key", reason: "is not 1 to 255 printable characters" },
    });
  const { db, authSecret } = context.get("services");
  const request = await nameRequest(authSecret, callerOf(context), key, JSON.stringify([asked.id, asked.input]));
  const before = await beginRequest(db, request.id, request.inputHash);
  if (before !== null) {
    if (before.inputHash !== request.inputHash) throw new AppError("idempotency_key_mismatch");
    const kept = before.sealedAnswer === null ? null : await openAnswer(request, before.sealedAnswer);
    if (kept === null) throw new AppError("idempotency_unanswered");
    return replay(context, kept);
  }
  const response = await run().catch(async (error: unknown) => {
    if (knownError(error).code !== "internal_error") await endRequest(db, request.id, null);
    throw error;
  });
  await keep(db, request, response);
  return response;
}

async function keep(
  db: Parameters<typeof endRequest>[0],
  request: Awaited<ReturnType<typeof nameRequest>>,
  response: Response,
): Promise<void> {
  const headers = KEPT_HEADERS.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  try {
    const answer = { status: response.status, headers, body: await response.clone().text() };
    await endRequest(db, request.id, await sealAnswer(request, keptAnswer.parse(answer)));
  } catch {
    // It was done: who asked is told so, and a repetition that it was.
    consoleLogger("error", { message: "idempotent_answer_not_kept", error_code: "internal_error" });
  }
}

function replay(context: ApiContext, { status, headers, body }: KeptAnswer): Response {
  for (const [name, value] of headers) context.header(name, value);
  context.header("idempotent-replayed", "true");
  return context.body(body, status);
}

/** One person's keys are not another's, nor one program's. */
function callerOf(context: ApiContext): string {
  const caller = context.get("managementKey")?.id ?? context.get("session")?.user.id;
  if (caller === undefined) throw new AppError("session_required");
  return caller;
}
