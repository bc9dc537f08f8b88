import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { answerDeviceLogin } from "#store";
import { USER } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { userCode, waitingLogin } from "./waiting-login.ts";

export const denyDeviceLogin = operation({
  id: "denyDeviceLogin",
  method: "post",
  path: "/auth/device/deny",
  tag: "Management keys",
  summary: "Turn the program behind a code down.",
  access: USER,
  body: z.strictObject({ user_code: userCode }),
  status: 204,
  answer: null,
  async handle({ context, body }) {
    const now = new Date(context.get("services").clock.nowMs());
    const login = await waitingLogin(context, body.user_code);
    if (!(await answerDeviceLogin(databaseOf(context), login.id, { status: "denied" }, now)))
      throw new AppError("not_found", { param: "user_code" });
    return null;
  },
});
