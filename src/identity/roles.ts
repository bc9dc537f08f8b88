/** What people may be in an organization, from most to least. Source: design PRIVACY section 6. */
export const ROLES = ["owner", "admin", "developer", "billing", "viewer"] as const;
export type Role = (typeof ROLES)[number];

/**
 * Everything that can be done in an organization, and who may: the control API and the pages read this one table.
 * `own` in a name means: only what is the member's own.
 */
const TABLE = {
  "organization.read": ["owner", "admin", "developer", "billing", "viewer"],
  "organization.update": ["owner", "admin"],
  "organization.transfer": ["owner"],
  "members.read": ["owner", "admin", "developer", "billing", "viewer"],
  "members.invite": ["owner", "admin"],
  "members.update": ["owner", "admin"],
  "members.remove": ["owner", "admin"],
  "members.leave": ["admin", "developer", "billing", "viewer"],
  "keys.read": ["owner", "admin", "developer", "viewer"],
  "keys.create_own": ["owner", "admin", "developer"],
  "keys.create": ["owner", "admin"],
  "keys.update_own": ["owner", "admin", "developer"],
  "keys.update": ["owner", "admin"],
  "budgets.update": ["owner", "admin"],
  "provider_keys.read": ["owner", "admin", "developer"],
  "provider_keys.manage": ["owner", "admin"],
  "usage.read": ["owner", "admin", "developer", "billing", "viewer"],
  "billing.read": ["owner", "admin", "billing"],
  "audit.read": ["owner", "admin"],
  "management_keys.manage": ["owner", "admin"],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof TABLE;

/** Every permission with the roles that have it. */
export const PERMISSIONS: Readonly<Record<Permission, readonly Role[]>> = TABLE;

/**
 * What programs may be allowed, by a management key: keys, and reading. Who is in an organization, what its policy is and
 * who else may act for it is for people, who prove who they are.
 */
export const MACHINE_PERMISSIONS = [
  "organization.read",
  "keys.read",
  "keys.create_own",
  "keys.create",
  "keys.update_own",
  "keys.update",
  "budgets.update",
  "provider_keys.read",
  "provider_keys.manage",
  "usage.read",
  "billing.read",
  "audit.read",
] as const satisfies readonly Permission[];
export type MachinePermission = (typeof MACHINE_PERMISSIONS)[number];

export function isMachinePermission(name: string): name is MachinePermission {
  return MACHINE_PERMISSIONS.some((permission) => permission === name);
}

/** Of those that a key was given, the ones that whoever made it may use now: a key is never more than its maker. */
export function permissionsOf(given: readonly string[], role: Role): readonly MachinePermission[] {
  return MACHINE_PERMISSIONS.filter((permission) => given.includes(permission) && isAllowed(role, permission));
}

export function isAllowed(role: Role, permission: Permission): boolean {
  return PERMISSIONS[permission].includes(role);
}

/** Roles that a member may give or take: nobody raises anyone to what they are not above themselves. */
export function grantableRoles(role: Role): readonly Role[] {
  if (role === "owner") return ["admin", "developer", "billing", "viewer"];
  if (role === "admin") return ["developer", "billing", "viewer"];
  return [];
}
