import { AppError } from "#kernel";
import { removeProviderKey as remove } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { ofProvider } from "./provider-key.ts";

export const removeProviderKey = operation({
  id: "removeProviderKey",
  method: "delete",
  path: "/organizations/{org}/provider-keys/{provider}",
  tag: "Provider keys",
  summary: "Remove the organization's own key at a provider. Calls go on with ours.",
  access: freshMember("provider_keys.manage"),
  params: ofProvider,
  status: 204,
  answer: null,
  async handle({ context, params }) {
    if (!(await remove(databaseOf(context), params.org, params.provider))) throw new AppError("not_found");
    await context.get("services").project();
    return null;
  },
});
