import { AppError, type ErrorCode } from "#kernel";

/** What the database refuses for a reason of the caller's, by SQLSTATE (migrations). */
const REFUSALS: Readonly<Record<string, ErrorCode>> = {
  // Somebody else was faster: to the caller it is not there any more.
  PR010: "not_found",
  // No operator acts, or not one of that role any more.
  PR012: "not_found",
  // As many as there may be.
  PR014: "limit_reached",
};
/** A value beyond what is allowed, which the operation's own schema let pass. */
const BEYOND_STATE = "PR002";

/** The error as it is told: ours, or a fault that says nothing. */
export function knownError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const state = stateOf(error) ?? "";
  if (state === BEYOND_STATE) {
    const reason = "a value, or how many of them there are, is beyond what is allowed.";
    return new AppError("not_possible", { params: { reason }, cause: error });
  }
  return new AppError(REFUSALS[state] ?? "internal_error", { cause: error });
}

/** Drizzle wraps what the driver throws. */
function stateOf(error: unknown): string | null {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code: unknown = typeof inner === "object" && inner !== null ? Reflect.get(inner, "code") : null;
  return typeof code === "string" ? code : null;
}
