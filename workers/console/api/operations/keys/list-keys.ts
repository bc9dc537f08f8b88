import { z } from "@hono/zod-openapi";
import { listKeys as list } from "#store";
import { member } from "../../access.ts";
import { operation } from "../../operation.ts";
import { pageOf, pageQuery, readPage } from "../../pages.ts";
import { inOrganization } from "../organizations/organization.ts";
import { describeKey, keyShape } from "./key.ts";

export const listKeys = operation({
  id: "listKeys",
  method: "get",
  path: "/organizations/{org}/keys",
  tag: "Keys",
  summary: "The organization's keys, newest first; revoked ones among them.",
  access: member("keys.read"),
  params: inOrganization,
  query: z.strictObject(pageQuery),
  status: 200,
  answer: pageOf(z.strictObject(keyShape)),
  async handle({ context, params, query }) {
    const { db } = context.get("services");
    const { rows, nextCursor } = await readPage(query.limit, (limit) =>
      list(db, params.org, query.cursor ?? null, limit),
    );
    return { data: rows.map(describeKey), next_cursor: nextCursor };
  },
});
