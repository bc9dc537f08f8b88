import { isMachinePermission, type OperatorPermission, type Permission } from "#identity";

/** Who may call an operation. Every operation has one: it does not compile without, and a test reads them all. */
export type Access =
  /** Nobody is signed in, or it does not matter. */
  | { readonly kind: "public" }
  /** A session whose second factor may still be missing. */
  | { readonly kind: "half" }
  | { readonly kind: "user"; readonly fresh?: true }
  /** A management key, whatever it may: what it does is about itself. */
  | { readonly kind: "management_key" }
  /**
   * A member of the organization in the path, whose role has the permission; or one of its management keys that has it,
   * where programs may have it at all. To everybody else there is no such organization. `fresh` is asked of people.
   */
  | { readonly kind: "member"; readonly permission: Permission; readonly fresh?: true }
  /** One of our own people, with a second factor. To everybody else, and to every key, there is no such operation. */
  | { readonly kind: "operator"; readonly permission: OperatorPermission; readonly fresh?: true };

export const PUBLIC = { kind: "public" } as const satisfies Access;
export const HALF = { kind: "half" } as const satisfies Access;
export const USER = { kind: "user" } as const satisfies Access;
export const FRESH_USER = { kind: "user", fresh: true } as const satisfies Access;

export const KEY_ITSELF = { kind: "management_key" } as const satisfies Access;

/** Whether a management key may call it. What it may not is for people: see `MACHINE_PERMISSIONS`. */
export function isForMachines(access: Access): boolean {
  return access.kind === "management_key" || (access.kind === "member" && isMachinePermission(access.permission));
}

export const member = (permission: Permission): Access => ({ kind: "member", permission });
export const freshMember = (permission: Permission): Access => ({ kind: "member", permission, fresh: true });

export const operator = (permission: OperatorPermission): Access => ({ kind: "operator", permission });
export const freshOperator = (permission: OperatorPermission): Access => ({
  kind: "operator",
  permission,
  fresh: true,
});
