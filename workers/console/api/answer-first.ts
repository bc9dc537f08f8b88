import { consoleLogger } from "../../http/logger.ts";
import type { ApiContext } from "./context.ts";

/**
 * Does something after the answer, so that neither its outcome nor its time shows in it: whether an address has an account
 * (S11). What fails is logged by its name, and whoever waits for a mail asks again.
 */
export function answerFirst(context: ApiContext, work: () => Promise<unknown>): void {
  const done = work().catch((error: unknown) => {
    const name = error instanceof Error ? error.name : "unknown";
    consoleLogger("error", {
      message: `after the answer: ${name}`,
      request_id: context.get("requestId"),
      error_code: "internal_error",
    });
  });
  context.executionCtx.waitUntil(done);
}
