import { z } from "@hono/zod-openapi";
import { listProviderKeys as list } from "#store";
import { member } from "../../access.ts";
import { operation } from "../../operation.ts";
import { inOrganization } from "../organizations/organization.ts";
import { describeProviderKey, providerKeyShape } from "./provider-key.ts";

export const listProviderKeys = operation({
  id: "listProviderKeys",
  method: "get",
  path: "/organizations/{org}/provider-keys",
  tag: "Provider keys",
  summary: "At which providers the organization has a key of its own. The keys themselves nobody can read.",
  access: member("provider_keys.read"),
  params: inOrganization,
  status: 200,
  answer: z.strictObject({ data: z.array(z.strictObject(providerKeyShape)) }),
  async handle({ context, params }) {
    const keys = await list(context.get("services").db, params.org);
    return { data: keys.map(describeProviderKey) };
  },
});
