import { AppError } from "#kernel";

/** What the database refuses because somebody else was faster: to the caller it is not there any more. */
const GONE_STATE = "PR010";
/** As many as there may be. */
const FULL_STATE = "PR014";

/** The error as it is told: ours, or a fault that says nothing. */
export function knownError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const state = stateOf(error);
  if (state === FULL_STATE) return new AppError("limit_reached", { cause: error });
  return new AppError(state === GONE_STATE ? "not_found" : "internal_error", { cause: error });
}

/** Drizzle wraps what the driver throws. */
function stateOf(error: unknown): string | null {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code: unknown = typeof inner === "object" && inner !== null ? Reflect.get(inner, "code") : null;
  return typeof code === "string" ? code : null;
}
