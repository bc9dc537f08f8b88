import { z } from "@hono/zod-openapi";
import { OPERATOR_PERMISSIONS, OPERATOR_ROLES, operatorMay, type OperatorPermission } from "#identity";
import { operator } from "../../access.ts";
import { operatorOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";

const isPermission = (name: string): name is OperatorPermission => name in OPERATOR_PERMISSIONS;

export const getOperator = operation({
  id: "getOperator",
  method: "get",
  path: "/operator",
  tag: "Operators",
  summary: "What you may do as one of the platform's operators.",
  access: operator("operators.read"),
  status: 200,
  answer: z.strictObject({ user_id: idOf("user"), role: z.enum(OPERATOR_ROLES), permissions: z.array(z.string()) }),
  handle({ context }) {
    const { userId, role } = operatorOf(context);
    const permissions = Object.keys(OPERATOR_PERMISSIONS).filter(
      (name) => isPermission(name) && operatorMay(role, name),
    );
    return Promise.resolve({ user_id: userId, role, permissions });
  },
});
