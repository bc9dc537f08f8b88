export { makeRecoveryCodes, normaliseRecoveryCode } from "./recovery-codes.ts";
export { grantableRoles, isAllowed, PERMISSIONS, ROLES, type Permission, type Role } from "./roles.ts";
export { isFresh, isLive, SESSION_IDLE_SECONDS, type SessionTimes } from "./session-policy.ts";
export { makeTotpSecret, totpStep, totpUri } from "./totp.ts";
