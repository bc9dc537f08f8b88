import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { hashCode, normaliseUserCode } from "#keys";
import { findDeviceLogin, type WaitingLogin } from "#store";
import type { ApiContext } from "../../context.ts";

const TYPED_CHARACTERS_MAX = 32;
/** As the program shows it, however it is typed. */
export const userCode = z.string().min(1).max(TYPED_CHARACTERS_MAX).openapi({ example: "WDJB-MJHT" });

/** The login that waits behind a typed code. Throws `not_found` where there is none. */
export async function waitingLogin(context: ApiContext, typed: string): Promise<WaitingLogin> {
  const { db, clock, keyPeppers } = context.get("services");
  const code = normaliseUserCode(typed);
  const login =
    code === null
      ? null
      : await findDeviceLogin(db, await hashCode("user code", code, keyPeppers), new Date(clock.nowMs()));
  if (login === null) throw new AppError("not_found", { param: "user_code" });
  return login;
}
