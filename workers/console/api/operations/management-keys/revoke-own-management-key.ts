import { revokeManagementKey } from "#store";
import { KEY_ITSELF } from "../../access.ts";
import { databaseOf, managementKeyOf } from "../../context.ts";
import { operation } from "../../operation.ts";

export const revokeOwnManagementKey = operation({
  id: "revokeOwnManagementKey",
  method: "delete",
  path: "/management-key",
  tag: "Management keys",
  summary: "Revoke the management key that asks: how a program signs out.",
  access: KEY_ITSELF,
  status: 204,
  answer: null,
  async handle({ context }) {
    const { id, orgId } = managementKeyOf(context);
    await revokeManagementKey(databaseOf(context), orgId, id);
    return null;
  },
});
