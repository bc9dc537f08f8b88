import { AppError } from "#kernel";
import type { ApiContext } from "../api/context.ts";
import { PASSWORD_CHARACTERS } from "./auth.ts";
import { isBreached } from "./breached-password.ts";

/** Refuses a new password that is too short, too long, or known from a breach. */
export async function checkPassword(context: ApiContext, password: string): Promise<void> {
  const { min, max } = PASSWORD_CHARACTERS;
  if (password.length < min) throw refused(`it is shorter than ${min} characters.`);
  if (password.length > max) throw refused(`it is longer than ${max} characters.`);
  const { askBreaches } = context.get("services");
  if (askBreaches !== null && (await isBreached(password, askBreaches))) throw refused("it is known from a breach.");
}

const refused = (reason: string): AppError =>
  new AppError("password_refused", { param: "password", params: { reason } });
