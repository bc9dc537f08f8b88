export {
  OPERATOR_PERMISSIONS,
  OPERATOR_ROLES,
  operatorMay,
  type OperatorPermission,
  type OperatorRole,
} from "./operators.ts";
export { makeRecoveryCodes, normaliseRecoveryCode } from "./recovery-codes.ts";
export {
  grantableRoles,
  isAllowed,
  isMachinePermission,
  MACHINE_PERMISSIONS,
  PERMISSIONS,
  permissionsOf,
  ROLES,
  type MachinePermission,
  type Permission,
  type Role,
} from "./roles.ts";
export { isFresh, isLive, SESSION_IDLE_SECONDS, SESSION_MAX_MS, type SessionTimes } from "./session-policy.ts";
export { makeTotpSecret, totpStep, totpUri } from "./totp.ts";
