import { z } from "@hono/zod-openapi";
import { newId } from "#kernel";
import { newLocator } from "#keys";
import { createOrganization as create } from "#store";
import { USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf, name, timeZone } from "../../schemas.ts";

export const createOrganization = operation({
  id: "createOrganization",
  method: "post",
  path: "/organizations",
  tag: "Organizations",
  summary: "Make an organization; you are its owner. Its region cannot be changed later: keys carry it.",
  access: USER,
  isIdempotent: true,
  body: z.strictObject({
    name,
    region: z.enum(["global", "eu"]).default("global"),
    time_zone: timeZone.default("UTC"),
  }),
  status: 201,
  answer: z.strictObject({ id: idOf("organization"), member_id: idOf("member") }),
  async handle({ context, body }) {
    const { clock, random, project } = context.get("services");
    const id = newId("organization", clock, random);
    const memberId = newId("member", clock, random);
    await create(databaseOf(context), {
      id,
      name: body.name,
      locator: newLocator(random),
      region: body.region === "eu" ? "e" : "g",
      timeZone: body.time_zone,
      ownerMemberId: memberId,
      ownerUserId: sessionOf(context).user.id,
    });
    await project();
    return { id, member_id: memberId };
  },
});
