import { z } from "@hono/zod-openapi";
import { makeTotpSecret, totpUri } from "#identity";
import { AppError, newId } from "#kernel";
import { beginFactor as begin } from "#store";
import { sealSecret } from "../../../identity/seal-secret.ts";
import { FRESH_USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";

export const beginFactor = operation({
  id: "beginFactor",
  method: "post",
  path: "/me/factor",
  tag: "Account",
  summary: "Set up an authenticator app. It guards nothing before its first code was confirmed.",
  access: FRESH_USER,
  status: 201,
  answer: z.strictObject({ secret: z.string(), uri: z.string() }),
  async handle({ context }) {
    const { user } = sessionOf(context);
    const { clock, random, factorKey } = context.get("services");
    const secret = makeTotpSecret(random);
    const sealedSecret = await sealSecret(factorKey, user.id, secret);
    const id = newId("factor", clock, random);
    if (!(await begin(databaseOf(context), { id, userId: user.id, sealedSecret })))
      throw new AppError("already_exists");
    return { secret, uri: totpUri(secret, user.email) };
  },
});
