export { beginSession, type NewSession } from "./begin-session.ts";
export { keepChallenge, spendChallenge, type NewChallenge } from "./challenges.ts";
export { closeAccount, reopenAccount } from "./close-account.ts";
export {
  beginEmailChange,
  confirmEmailChange,
  findByEmail,
  stopEmailChange,
  type MadeEmailChange,
  type NewEmailChange,
} from "./email-changes.ts";
export { endEverySession, endOtherSessions, endSession } from "./end-sessions.ts";
export { extendSession } from "./extend-session.ts";
export {
  beginFactor,
  confirmFactor,
  findFactor,
  hasFactor,
  removeFactor,
  spendRecoveryCode,
  useStep,
  type Factor,
} from "./factors.ts";
export { findMembership, type Membership } from "./find-membership.ts";
export { findSession, type FoundSession } from "./find-session.ts";
export { listSessions, type ListedSession } from "./list-sessions.ts";
export {
  addPasskey,
  findPasskey,
  listPasskeys,
  markPasskeyUsed,
  removePasskey,
  renamePasskey,
  type FoundPasskey,
  type ListedPasskey,
  type NewPasskey,
} from "./passkeys.ts";
export {
  changePasswordHash,
  confirmEmail,
  endMailedLinks,
  findLogin,
  findPasswordHash,
  type FoundLogin,
} from "./passwords.ts";
export { findPerson, updatePerson, type Person, type PersonChanges } from "./person.ts";
export {
  addLogin,
  createPersonByLogin,
  findProviderLogin,
  listLogins,
  removeLogin,
  type NewLogin,
  type NewPersonByLogin,
  type ProviderLogin,
} from "./logins.ts";
export { PURGE_RULES, purgeEnded, type PurgeRule } from "./purge-ended.ts";
export { proveSession } from "./prove-session.ts";
export { listSecurityEvents, recordOncePerDay, recordSecurityEvent, type NewSecurityEvent } from "./security-log.ts";
