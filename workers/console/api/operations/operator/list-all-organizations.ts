import { z } from "@hono/zod-openapi";
import { listAllOrganizations as list } from "#store";
import { operator } from "../../access.ts";
import { operation } from "../../operation.ts";
import { pageOf, pageQuery, readPage } from "../../pages.ts";
import { describeOperated, operatedShape } from "./operated-organization.ts";

const QUERY_CHARACTERS_MAX = 254;

export const listAllOrganizations = operation({
  id: "listAllOrganizations",
  method: "get",
  path: "/operator/organizations",
  tag: "Operators",
  summary:
    "All organizations, newest first; or those of an id, with a text in their name, or with a member of an e-mail address.",
  access: operator("organizations.read"),
  query: z.strictObject({ ...pageQuery, query: z.string().trim().min(1).max(QUERY_CHARACTERS_MAX).optional() }),
  status: 200,
  answer: pageOf(z.strictObject(operatedShape)),
  async handle({ context, query }) {
    const { db } = context.get("services");
    const { rows, nextCursor } = await readPage(query.limit, (limit) =>
      list(db, query.query ?? null, query.cursor ?? null, limit),
    );
    return { data: rows.map(describeOperated), next_cursor: nextCursor };
  },
});
