import type { Permission } from "#identity";

/** Who may call an operation. Every operation has one: it does not compile without, and a test reads them all. */
export type Access =
  /** Nobody is signed in, or it does not matter. */
  | { readonly kind: "public" }
  /** A session whose second factor may still be missing. */
  | { readonly kind: "half" }
  | { readonly kind: "user"; readonly fresh?: true }
  /** A member of the organization in the path, whose role has the permission. To everybody else there is no such organization. */
  | { readonly kind: "member"; readonly permission: Permission; readonly fresh?: true };

export const PUBLIC = { kind: "public" } as const satisfies Access;
export const HALF = { kind: "half" } as const satisfies Access;
export const USER = { kind: "user" } as const satisfies Access;
export const FRESH_USER = { kind: "user", fresh: true } as const satisfies Access;

export const member = (permission: Permission): Access => ({ kind: "member", permission });
export const freshMember = (permission: Permission): Access => ({ kind: "member", permission, fresh: true });
