import type { Operation } from "./operation.ts";
import { changePassword } from "./operations/auth/change-password.ts";
import { forgotPassword } from "./operations/auth/forgot-password.ts";
import { getSession } from "./operations/auth/get-session.ts";
import { passFactor } from "./operations/auth/pass-factor.ts";
import { prove } from "./operations/auth/prove.ts";
import { reopenAccount } from "./operations/auth/reopen-account.ts";
import { resetPassword } from "./operations/auth/reset-password.ts";
import { signIn } from "./operations/auth/sign-in.ts";
import { signOut } from "./operations/auth/sign-out.ts";
import { signUp } from "./operations/auth/sign-up.ts";
import { verifyEmail } from "./operations/auth/verify-email.ts";
import { confirmEmailChange } from "./operations/email/confirm-email-change.ts";
import { requestEmailChange } from "./operations/email/request-email-change.ts";
import { stopEmailChange } from "./operations/email/stop-email-change.ts";
import { beginFactor } from "./operations/me/begin-factor.ts";
import { closeAccount } from "./operations/me/close-account.ts";
import { confirmFactor } from "./operations/me/confirm-factor.ts";
import { endOtherSessions } from "./operations/me/end-other-sessions.ts";
import { endSession } from "./operations/me/end-session.ts";
import { getMe } from "./operations/me/get-me.ts";
import { listSecurityEvents } from "./operations/me/list-security-events.ts";
import { listSessions } from "./operations/me/list-sessions.ts";
import { removeFactor } from "./operations/me/remove-factor.ts";
import { updateMe } from "./operations/me/update-me.ts";
import { addPasskey } from "./operations/passkeys/add-passkey.ts";
import { beginPasskey } from "./operations/passkeys/begin-passkey.ts";
import { beginPasskeySignIn } from "./operations/passkeys/begin-passkey-sign-in.ts";
import { listPasskeys } from "./operations/passkeys/list-passkeys.ts";
import { removePasskey } from "./operations/passkeys/remove-passkey.ts";
import { renamePasskey } from "./operations/passkeys/rename-passkey.ts";
import { signInWithPasskey } from "./operations/passkeys/sign-in-with-passkey.ts";
import { addLogin } from "./operations/logins/add-login.ts";
import { beginLogin } from "./operations/logins/begin-login.ts";
import { beginProviderSignIn } from "./operations/logins/begin-provider-sign-in.ts";
import { finishProviderSignIn } from "./operations/logins/finish-provider-sign-in.ts";
import { listLogins } from "./operations/logins/list-logins.ts";
import { listSignInProviders } from "./operations/logins/list-sign-in-providers.ts";
import { removeLogin } from "./operations/logins/remove-login.ts";
import { createOrganization } from "./operations/organizations/create-organization.ts";
import { getOrganization } from "./operations/organizations/get-organization.ts";
import { listAuditEntries } from "./operations/organizations/list-audit-entries.ts";
import { listOrganizations } from "./operations/organizations/list-organizations.ts";
import { updateOrganization } from "./operations/organizations/update-organization.ts";
import { leaveOrganization } from "./operations/members/leave-organization.ts";
import { listMembers } from "./operations/members/list-members.ts";
import { removeMember } from "./operations/members/remove-member.ts";
import { transferOrganization } from "./operations/members/transfer-organization.ts";
import { updateMember } from "./operations/members/update-member.ts";
import { acceptInvitation } from "./operations/invitations/accept-invitation.ts";
import { createInvitation } from "./operations/invitations/create-invitation.ts";
import { listInvitations } from "./operations/invitations/list-invitations.ts";
import { revokeInvitation } from "./operations/invitations/revoke-invitation.ts";
import { createKey } from "./operations/keys/create-key.ts";
import { getKey } from "./operations/keys/get-key.ts";
import { listKeys } from "./operations/keys/list-keys.ts";
import { revokeKey } from "./operations/keys/revoke-key.ts";
import { rotateKey } from "./operations/keys/rotate-key.ts";
import { stopKeys } from "./operations/keys/stop-keys.ts";
import { updateKey } from "./operations/keys/update-key.ts";
import { createManagementKey } from "./operations/management-keys/create-management-key.ts";
import { getOwnManagementKey } from "./operations/management-keys/get-own-management-key.ts";
import { listManagementKeys } from "./operations/management-keys/list-management-keys.ts";
import { revokeManagementKey } from "./operations/management-keys/revoke-management-key.ts";
import { revokeOwnManagementKey } from "./operations/management-keys/revoke-own-management-key.ts";
import { approveDeviceLogin } from "./operations/device/approve-device-login.ts";
import { denyDeviceLogin } from "./operations/device/deny-device-login.ts";
import { pollDeviceLogin } from "./operations/device/poll-device-login.ts";
import { showDeviceLogin } from "./operations/device/show-device-login.ts";
import { startDeviceLogin } from "./operations/device/start-device-login.ts";
import { exportReceipts } from "./operations/usage/export-receipts.ts";
import { getReceipt } from "./operations/usage/get-receipt.ts";
import { listReceipts } from "./operations/usage/list-receipts.ts";
import { listBudgetAlerts } from "./operations/budgets/list-budget-alerts.ts";
import { listBudgets } from "./operations/budgets/list-budgets.ts";
import { setBudget } from "./operations/budgets/set-budget.ts";
import { getOperator } from "./operations/operator/get-operator.ts";
import { listAllOrganizations } from "./operations/operator/list-all-organizations.ts";
import { getAnyOrganization } from "./operations/operator/get-any-organization.ts";
import { suspendOrganization, resumeOrganization } from "./operations/operator/set-organization-status.ts";
import { listDifferences } from "./operations/operator/list-differences.ts";
import { listAdjustments } from "./operations/operator/list-adjustments.ts";
import { proposeAdjustment } from "./operations/operator/propose-adjustment.ts";
import { approveAdjustment, rejectAdjustment } from "./operations/operator/decide-adjustment.ts";
import { getPrices } from "./operations/operator/get-prices.ts";
import { previewPrices } from "./operations/operator/preview-prices.ts";
import { setPrices } from "./operations/operator/set-prices.ts";
import { getProviderStops, setProviderStops } from "./operations/operator/provider-stops.ts";
import { listOperatorAudit } from "./operations/operator/list-operator-audit.ts";
import { listProviderKeys } from "./operations/provider-keys/list-provider-keys.ts";
import { putProviderKey } from "./operations/provider-keys/put-provider-key.ts";
import { removeProviderKey } from "./operations/provider-keys/remove-provider-key.ts";
import { queryUsage } from "./operations/usage/query-usage.ts";
import { createWebhook } from "./operations/webhooks/create-webhook.ts";
import { deleteWebhook } from "./operations/webhooks/delete-webhook.ts";
import { getWebhook } from "./operations/webhooks/get-webhook.ts";
import { getWebhookDelivery } from "./operations/webhooks/get-delivery.ts";
import { listWebhooks } from "./operations/webhooks/list-webhooks.ts";
import { listWebhookDeliveries } from "./operations/webhooks/list-deliveries.ts";
import { replayWebhookDelivery } from "./operations/webhooks/replay-delivery.ts";
import { replayFailedWebhooks } from "./operations/webhooks/replay-failed.ts";
import { rotateWebhookSecret } from "./operations/webhooks/rotate-webhook-secret.ts";
import { testWebhook } from "./operations/webhooks/test-webhook.ts";
import { updateWebhook } from "./operations/webhooks/update-webhook.ts";

/** The whole control API. What is not here is not reachable, and not in the document. */
export const OPERATIONS: readonly Operation[] = [
  changePassword,
  forgotPassword,
  getSession,
  passFactor,
  prove,
  reopenAccount,
  resetPassword,
  signIn,
  signOut,
  signUp,
  verifyEmail,
  requestEmailChange,
  confirmEmailChange,
  stopEmailChange,
  beginFactor,
  closeAccount,
  confirmFactor,
  endOtherSessions,
  endSession,
  getMe,
  listSecurityEvents,
  listSessions,
  removeFactor,
  updateMe,
  beginPasskeySignIn,
  signInWithPasskey,
  beginPasskey,
  addPasskey,
  listPasskeys,
  renamePasskey,
  removePasskey,
  listSignInProviders,
  beginProviderSignIn,
  finishProviderSignIn,
  beginLogin,
  addLogin,
  listLogins,
  removeLogin,
  createOrganization,
  getOrganization,
  listAuditEntries,
  listOrganizations,
  updateOrganization,
  leaveOrganization,
  listMembers,
  removeMember,
  transferOrganization,
  updateMember,
  acceptInvitation,
  createInvitation,
  listInvitations,
  revokeInvitation,
  createKey,
  getKey,
  listKeys,
  revokeKey,
  stopKeys,
  rotateKey,
  updateKey,
  createManagementKey,
  getOwnManagementKey,
  listManagementKeys,
  revokeManagementKey,
  revokeOwnManagementKey,
  approveDeviceLogin,
  denyDeviceLogin,
  pollDeviceLogin,
  showDeviceLogin,
  startDeviceLogin,
  listBudgets,
  setBudget,
  listBudgetAlerts,
  listProviderKeys,
  putProviderKey,
  removeProviderKey,
  queryUsage,
  listReceipts,
  exportReceipts,
  getReceipt,
  createWebhook,
  listWebhooks,
  getWebhook,
  updateWebhook,
  deleteWebhook,
  rotateWebhookSecret,
  testWebhook,
  replayFailedWebhooks,
  listWebhookDeliveries,
  getWebhookDelivery,
  replayWebhookDelivery,
  getOperator,
  listAllOrganizations,
  getAnyOrganization,
  suspendOrganization,
  resumeOrganization,
  listDifferences,
  listAdjustments,
  proposeAdjustment,
  approveAdjustment,
  rejectAdjustment,
  getPrices,
  previewPrices,
  setPrices,
  getProviderStops,
  setProviderStops,
  listOperatorAudit,
];
