import { z } from "@hono/zod-openapi";
import { authOf } from "../../../identity/auth-of.ts";
import { checkPassword } from "../../../identity/check-password.ts";
import { PUBLIC } from "../../access.ts";
import { answerFirst } from "../../answer-first.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { email, locale, name, password, timeZone } from "../../schemas.ts";

/** Answer and time are the same whether the address has an account or not: only its owner's mailbox tells (S11). */
export const signUp = operation({
  id: "signUp",
  method: "post",
  path: "/auth/sign-up",
  tag: "Sign-in",
  summary: "Make an account. A link to confirm the address is mailed.",
  access: PUBLIC,
  body: z.strictObject({
    name,
    email,
    password,
    adult: z.literal(true, "has to be confirmed: accounts are for people of 18 years or more"),
    policy_version: z.string().min(1).max(32),
    locale: locale.default("en"),
    time_zone: timeZone.default("UTC"),
  }),
  status: 202,
  answer: z.strictObject({ status: z.literal("verification_sent") }),
  door: ({ context, body }) => knock(context, "sign_up", { address: body.email }),
  async handle({ context, body }) {
    await checkPassword(context, body.password);
    const { policy_version: policyVersion, time_zone: timeZoneName } = body;
    const auth = authOf(context, { policyVersion, locale: body.locale, timeZone: timeZoneName });
    const { email: address, password: secret } = body;
    const person = { name: body.name, email: address, password: secret };
    answerFirst(context, () => auth.api.signUpEmail({ body: person }));
    return { status: "verification_sent" as const };
  },
});
