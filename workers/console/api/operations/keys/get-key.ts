import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { findKey } from "#store";
import { member } from "../../access.ts";
import { setVersion } from "../../if-match.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";
import { describeKey, keyShape } from "./key.ts";

export const getKey = operation({
  id: "getKey",
  method: "get",
  path: "/organizations/{org}/keys/{key}",
  tag: "Keys",
  summary: "One key and what it may do.",
  access: member("keys.read"),
  params: z.strictObject({ org: idOf("organization"), key: idOf("apiKey") }),
  status: 200,
  answer: z.strictObject(keyShape),
  async handle({ context, params }) {
    const key = await findKey(context.get("services").db, params.org, params.key);
    if (key === null) throw new AppError("not_found");
    setVersion(context, key.version);
    return describeKey(key);
  },
});
