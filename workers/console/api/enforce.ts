import { isFresh, OPERATOR_PERMISSIONS, operatorMay, PERMISSIONS, type OperatorPermission } from "#identity";
import { AppError, isId } from "#kernel";
import { findMembership, findOperator, type FoundManagementKey, type FoundSession } from "#store";
import { bearerOf, readManagementKey } from "../identity/read-management-key.ts";
import { readSession } from "../identity/read-session.ts";
import { isForMachines, type Access } from "./access.ts";
import { may, type ApiContext } from "./context.ts";

/** Lets in whom the operation is for, and remembers who it is. Everybody else gets the reason, or no sign that anything is there. */
export async function enforce(context: ApiContext, access: Access): Promise<void> {
  context.set("membership", null);
  context.set("session", null);
  context.set("managementKey", null);
  context.set("operator", null);
  if (bearerOf(context.req.raw.headers) !== null) return enforceForMachine(context, access);
  if (access.kind === "management_key") throw new AppError("management_key_required");
  // What anybody may do is nobody's: the browser's session is another person's, where a link was opened in it.
  if (access.kind === "public") return;
  const session = await readSession(context);
  context.set("session", session);
  if (session === null) throw new AppError("session_required");
  if (access.kind === "half") return;
  if (access.kind === "operator") await enforceOperator(context, session, access.permission);
  const { hasFactor } = session.user;
  if (hasFactor && session.times.factorAtMs === null) throw new AppError("factor_required");
  if (access.kind === "member") await enforceMembership(context, session, access.permission);
  const nowMs = context.get("services").clock.nowMs();
  if (access.fresh === true && !isFresh(session.times, hasFactor, nowMs)) throw new AppError("fresh_session_required");
}

/** Our own people never act without a second factor; that there are operations of theirs only they are told. */
async function enforceOperator(
  context: ApiContext,
  { user }: FoundSession,
  permission: OperatorPermission,
): Promise<void> {
  const found = await findOperator(context.get("services").db, user.id);
  if (found === null) throw new AppError("not_found");
  if (!user.hasFactor) throw new AppError("factor_required");
  if (!operatorMay(found.role, permission)) {
    const params = { role: found.role, roles: OPERATOR_PERMISSIONS[permission].join(", ") };
    throw new AppError("permission_denied", { params });
  }
  context.set("operator", found);
}

type Permission = Extract<Access, { kind: "member" }>["permission"];

async function enforceMembership(context: ApiContext, { user }: FoundSession, permission: Permission): Promise<void> {
  const org = context.req.param("org") ?? "";
  if (!isId("organization", org)) throw new AppError("not_found");
  const membership = await findMembership(context.get("services").db, org, user.id);
  if (membership === null) throw new AppError("not_found");
  if (membership.requireFactor && !user.hasFactor) throw new AppError("factor_required");
  context.set("membership", membership);
  if (!may(context, permission)) {
    const params = { role: membership.role, roles: PERMISSIONS[permission].join(", ") };
    throw new AppError("permission_denied", { params });
  }
}

/** What anybody may call is not asked whose key it is. */
async function enforceForMachine(context: ApiContext, access: Access): Promise<void> {
  if (access.kind === "public") return;
  const key = await readManagementKey(context);
  if (key === null) throw new AppError("invalid_management_key");
  if (access.kind === "operator") throw new AppError("not_found");
  if (access.kind === "member") enforceOwnOrganization(context, key);
  if (!isForMachines(access)) throw new AppError("people_only");
  context.set("managementKey", key);
  if (access.kind !== "member") return;
  context.set("membership", { memberId: key.memberId, orgId: key.orgId, role: key.role, requireFactor: false });
  const { permission } = access;
  if (!may(context, permission)) throw new AppError("key_permission_denied", { params: { permission } });
}

/** To a key of another organization there is none (S20). */
function enforceOwnOrganization(context: ApiContext, { orgId }: FoundManagementKey): void {
  if (context.req.param("org") !== orgId) throw new AppError("not_found");
}
