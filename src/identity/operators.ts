/** Our own people: who answers customers, who keeps the books, who runs the platform. Source: design PRIVACY section 6. */
export const OPERATOR_ROLES = ["support", "finance", "admin"] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** What operators do, and who may. The database asks once more of what changes something (migrations/0022). */
const TABLE = {
  "organizations.read": ["support", "finance", "admin"],
  "organizations.suspend": ["support", "admin"],
  "adjustments.read": ["support", "finance", "admin"],
  /** By one of them, and approved by another. */
  "adjustments.propose": ["finance", "admin"],
  "adjustments.approve": ["finance", "admin"],
  "prices.read": ["support", "finance", "admin"],
  "prices.set": ["finance", "admin"],
  "providers.read": ["support", "finance", "admin"],
  "providers.stop": ["support", "admin"],
  "operators.read": ["support", "finance", "admin"],
} as const satisfies Record<string, readonly OperatorRole[]>;

export type OperatorPermission = keyof typeof TABLE;

/** Every permission of operators with the roles that have it. */
export const OPERATOR_PERMISSIONS: Readonly<Record<OperatorPermission, readonly OperatorRole[]>> = TABLE;

export function operatorMay(role: OperatorRole, permission: OperatorPermission): boolean {
  return OPERATOR_PERMISSIONS[permission].includes(role);
}
