import { AppError } from "#kernel";

/** Why somebody who proved who they are may still not act. */
export function refusedStatus(status: "suspended" | "closing"): AppError {
  return new AppError(status === "closing" ? "account_closing" : "account_suspended");
}
