import { AppError } from "#kernel";
import type { Refusal } from "#admission";

/** A refusal of the Account object as the error that its caller reads. */
export function refusalError(refusal: Refusal): AppError {
  return new AppError(refusal.code, {
    params: refusal.params,
    ...(refusal.retryAfterMs === null ? {} : { retryAfterMs: refusal.retryAfterMs }),
  });
}
