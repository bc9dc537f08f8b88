import type { Permission } from "#identity";
import { AppError } from "#kernel";
import { findKey, type KeyView } from "#store";
import { may, membershipOf, type ApiContext } from "../../context.ts";

/** A key that the member may change: their own, or any where their role may. To everybody else it is not there. */
export async function changeableKey(context: ApiContext, orgId: string, id: string): Promise<KeyView> {
  const key = await findKey(context.get("services").db, orgId, id);
  if (key === null || !mayFor(context, "keys.update", key.memberId)) throw new AppError("not_found");
  return key;
}

/** Whether the member may do it for whom the key belongs to: for themselves, or for everybody. */
export function mayFor(context: ApiContext, everybody: Permission, memberId: string | null): boolean {
  return memberId === membershipOf(context).memberId || may(context, everybody);
}
