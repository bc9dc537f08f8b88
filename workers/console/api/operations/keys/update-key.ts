import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { updateKey as update } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf, may } from "../../context.ts";
import { setVersion, versionOf } from "../../if-match.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";
import { columnsOf, describeKey, keySettings, keyShape } from "./key.ts";
import { changeableKey } from "./own-key.ts";

export const updateKey = operation({
  id: "updateKey",
  method: "patch",
  path: "/organizations/{org}/keys/{key}",
  tag: "Keys",
  summary: "Change what a key may do, or switch it off and on, from the version that `If-Match` names.",
  access: freshMember("keys.update_own"),
  wantsVersion: true,
  params: z.strictObject({ org: idOf("organization"), key: idOf("apiKey") }),
  body: z.strictObject({ ...keySettings, status: z.enum(["active", "disabled"]) }).partial(),
  status: 200,
  answer: z.strictObject(keyShape),
  async handle({ context, params, body: { status, ...settings } }) {
    const version = versionOf(context);
    const key = await changeableKey(context, params.org, params.key);
    // Somebody who may change every key switched it off: its owner does not switch it on again.
    if (key.status === "disabled" && status === "active" && !may(context, "keys.update"))
      throw new AppError("not_possible", { params: { reason: "an admin switches a disabled key on." } });
    const { clock, project } = context.get("services");
    const changes = { ...columnsOf(settings, clock.nowMs()), status };
    const updated = await update(databaseOf(context), params.org, params.key, version, changes);
    if (updated === null) throw new AppError("version_conflict");
    await project();
    setVersion(context, updated.version);
    return describeKey(updated);
  },
});
