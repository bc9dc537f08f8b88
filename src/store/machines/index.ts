export {
  answerDeviceLogin,
  claimDeviceLogin,
  createDeviceLogin,
  findDeviceLogin,
  pollDeviceLogin,
  type NewDeviceLogin,
  type PolledLogin,
  type WaitingLogin,
} from "./device-logins.ts";
export { findManagementKey, markKeyUsed, type FoundManagementKey } from "./find-management-key.ts";
export {
  createManagementKey,
  listManagementKeys,
  revokeManagementKey,
  type ManagementKeyView,
  type NewManagementKey,
} from "./management-keys.ts";
