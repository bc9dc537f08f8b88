import { StackRunningError } from "./stack/stack.ts";
import { PortTakenError } from "./stack/listen.ts";

/** What a developer is told when a command fails: one line where the cause is known, the whole error where it is a fault. */
export function explain(error: unknown): string {
  if (error instanceof PortTakenError || error instanceof StackRunningError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `\n  caused by ${error.cause.stack ?? error.cause.message}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
