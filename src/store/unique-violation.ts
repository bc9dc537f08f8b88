const UNIQUE_VIOLATION = "23505";
/** How deep drivers wrap what the database said. */
const CAUSES_MAX = 4;

/** Whether the database refused it because there is one already. The whole statement was undone. */
export function isUniqueViolation(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; depth < CAUSES_MAX && cause instanceof Error; depth += 1) {
    if ("code" in cause && cause.code === UNIQUE_VIOLATION) return true;
    cause = cause.cause;
  }
  return false;
}
