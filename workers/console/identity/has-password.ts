import { findPasswordHash } from "#store";
import type { ApiContext } from "../api/context.ts";
import { verifyPassword } from "./hash-password.ts";

/** Whether this is the person's password. */
export async function hasPassword(context: ApiContext, userId: string, password: string): Promise<boolean> {
  const { db, passwordPeppers } = context.get("services");
  const hash = await findPasswordHash(db, userId);
  return hash !== null && (await verifyPassword(hash, password, passwordPeppers));
}
