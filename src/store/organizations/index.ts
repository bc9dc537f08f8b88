export { createOrganization, type NewOrganization } from "./create-organization.ts";
export { findKeyOwner } from "./find-key-owner.ts";
export { findOrganization } from "./find-organization.ts";
export {
  acceptInvitation,
  createInvitation,
  listInvitations,
  organizationName,
  revokeInvitation,
  type ListedInvitation,
  type NewInvitation,
} from "./invitations.ts";
export {
  createKey,
  findKey,
  listKeys,
  revokeKey,
  updateKey,
  type KeyChanges,
  type KeyView,
  type NewKey,
} from "./keys.ts";
export { listOrganizations, type OwnOrganization } from "./list-organizations.ts";
export { changeRole, endMembership, listMembers, transferOwnership, type ListedMember } from "./members.ts";
export type { OrganizationView } from "./organization-view.ts";
export {
  listProviderKeys,
  putProviderKey,
  removeProviderKey,
  type NewProviderKey,
  type ProviderKeyView,
} from "./provider-keys.ts";
export { rotateKey, type RotatedKey } from "./rotate-key.ts";
export { revokeManagementKeys, STOPPED_KEYS_A_BATCH, STOPPED_KEYS_MAX, stopKeys } from "./stop-keys.ts";
export { updateOrganization, type OrganizationChanges } from "./update-organization.ts";
