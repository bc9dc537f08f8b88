import { isAllowed, isFresh, PERMISSIONS } from "#identity";
import { AppError } from "#kernel";
import { findMembership, type FoundSession } from "#store";
import { readSession } from "../identity/read-session.ts";
import type { Access } from "./access.ts";
import type { ApiContext } from "./context.ts";

/** Lets in whom the operation is for, and remembers who it is. Everybody else gets the reason, or no sign that anything is there. */
export async function enforce(context: ApiContext, access: Access): Promise<void> {
  context.set("membership", null);
  const session = await readSession(context);
  context.set("session", session);
  if (access.kind === "public") return;
  if (session === null) throw new AppError("session_required");
  if (access.kind === "half") return;
  const { hasFactor } = session.user;
  if (hasFactor && session.times.factorAtMs === null) throw new AppError("factor_required");
  if (access.kind === "member") await enforceMembership(context, session, access.permission);
  const nowMs = context.get("services").clock.nowMs();
  if (access.fresh === true && !isFresh(session.times, hasFactor, nowMs)) throw new AppError("fresh_session_required");
}

async function enforceMembership(
  context: ApiContext,
  { user }: FoundSession,
  permission: Extract<Access, { kind: "member" }>["permission"],
): Promise<void> {
  const membership = await findMembership(context.get("services").db, context.req.param("org") ?? "", user.id);
  if (membership === null) throw new AppError("not_found");
  if (membership.requireFactor && !user.hasFactor) throw new AppError("factor_required");
  if (!isAllowed(membership.role, permission)) {
    const params = { role: membership.role, roles: PERMISSIONS[permission].join(", ") };
    throw new AppError("permission_denied", { params });
  }
  context.set("membership", membership);
}
