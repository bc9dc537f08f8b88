import { AppError } from "#kernel";

/** The error that refuses a request. Fails where nothing is refused, or something else goes wrong. */
export function refusal(read: () => unknown): AppError {
  try {
    read();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
