import { z } from "zod";
import { CliError } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { exitCodeOf, reached } from "./control-client.ts";

const TIMEOUT_MS = 30_000;
const refused = z.object({ error: z.object({ code: z.string(), message: z.string() }), request_id: z.string() });

/** Asks the gateway, which is another API than the control API, and reads what the caller needs of its answer. */
export async function askGateway<Answer>(
  io: Io,
  url: string,
  apiKey: string | null,
  answer: z.ZodType<Answer>,
): Promise<Answer> {
  const request = new Request(url, {
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(apiKey === null ? {} : { headers: { authorization: `Bearer ${apiKey}` } }),
  });
  const response = await reached(io.fetch(request));
  const body: unknown = await reached(response.json().catch(() => null));
  const read = response.ok ? answer.safeParse(body) : null;
  if (read?.success === true) return read.data;
  const { error, request_id: requestId } = refused.safeParse(body).data ?? {};
  throw new CliError(exitCodeOf(response.status), error?.message ?? `The gateway answered with ${response.status}.`, {
    ...(error === undefined ? {} : { code: error.code }),
    ...(requestId === undefined ? {} : { requestId }),
  });
}
