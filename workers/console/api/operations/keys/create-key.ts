import { z } from "@hono/zod-openapi";
import { AppError, newId } from "#kernel";
import { mintKey } from "#keys";
import { createKey as create, findKeyOwner } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf, membershipOf } from "../../context.ts";
import { setVersion } from "../../if-match.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";
import { inOrganization } from "../organizations/organization.ts";
import { columnsOf, describeKey, keySettings, keyShape } from "./key.ts";
import { mayFor } from "./own-key.ts";

const { name, ...settings } = keySettings;

export const createKey = operation({
  id: "createKey",
  method: "post",
  path: "/organizations/{org}/keys",
  tag: "Keys",
  summary: "Make an API key. It is shown in this answer and never again.",
  access: freshMember("keys.create_own"),
  isIdempotent: true,
  params: inOrganization,
  body: z
    .strictObject({ ...settings, mode: z.enum(["live", "test"]), member_id: idOf("member") })
    .partial()
    .extend({ name }),
  status: 201,
  answer: z.strictObject({ ...keyShape, key: z.string() }),
  async handle({ context, params, body }) {
    const { clock, random, keyPeppers, db, project } = context.get("services");
    const { mode = "live", member_id: memberId = membershipOf(context).memberId, ...rest } = body;
    if (!mayFor(context, "keys.create", memberId)) throw new AppError("not_found", { param: "member_id" });
    const owner = await findKeyOwner(db, params.org, memberId);
    if (owner === null) throw new AppError("not_found", { param: "member_id" });
    const minted = await mintKey({ mode, region: owner.region, locator: owner.locator }, keyPeppers, random);
    const { key, hash, ...shown } = minted;
    const columns = columnsOf(rest, clock.nowMs());
    const made = await create(databaseOf(context), {
      ...withoutUndefined(columns),
      id: newId("apiKey", clock, random),
      orgId: params.org,
      name: rest.name,
      scopes: rest.scopes ?? ["inference", "models:read"],
      mode,
      memberId,
      keyHash: hash,
      ...shown,
    });
    await project();
    setVersion(context, made.version);
    return { ...describeKey(made), key };
  },
});

/** Columns that were not set take the table's defaults. */
function withoutUndefined<Values extends object>(
  values: Values,
): { [Name in keyof Values]: Exclude<Values[Name], undefined> } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- exactly the undefined members are taken out
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Values]: Exclude<Values[Name], undefined>;
  };
}
