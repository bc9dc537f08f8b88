import { createHash, timingSafeEqual } from "node:crypto";
import { PostgresError } from "./database.ts";

export interface Login {
  readonly password: string;
  /** Null is the owner of everything. */
  readonly role: string | null;
}

/** Who may connect, by user name. */
export type Logins = ReadonlyMap<string, Login>;

/** The role of a user with the right password. Throws `PostgresError` 28P01, the same for an unknown user. */
export function checkLogin(logins: Logins, user: string, password: string): string | null {
  const login = logins.get(user);
  if (!login || !equalTexts(login.password, password)) {
    throw new PostgresError({
      severity: "FATAL",
      code: "28P01",
      message: `password authentication failed for user "${user}"`,
    });
  }
  return login.role;
}

function equalTexts(left: string, right: string): boolean {
  const digest = (text: string): Uint8Array => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
