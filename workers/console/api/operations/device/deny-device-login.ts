import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { answerDeviceLogin } from "#store";
import { USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { knock } from "../../knock.ts";
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
  // Codes of eight letters can be guessed at by whoever is signed in: this bounds how often.
  door: ({ context }) => knock(context, "proof", { account: sessionOf(context).user.id }),
  async handle({ context, body }) {
    const now = new Date(context.get("services").clock.nowMs());
    const login = await waitingLogin(context, body.user_code);
    if (!(await answerDeviceLogin(databaseOf(context), login.id, { status: "denied" }, now)))
      throw new AppError("not_found", { param: "user_code" });
    return null;
  },
});
