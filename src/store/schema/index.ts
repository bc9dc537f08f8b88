export { auditEntry, auditOrigin, auditSeal } from "./audit.ts";
export { budget, budgetAlert, budgetVersion } from "./budget.ts";
export { apiKey, controlOutbox, organization, priceOverride, providerKey } from "./control.ts";
export { emailChange } from "./email-change.ts";
export {
  accountUser,
  operator,
  securityEvent,
  userFactor,
  userFactorUse,
  userLogin,
  userPasskey,
  userRecoveryCode,
  userSession,
  userVerification,
} from "./identity.ts";
export { creditExpiry, ledgerAccount, ledgerBalance, ledgerEntry, ledgerTransaction, walletCredit } from "./ledger.ts";
export { deviceLogin, managementKey } from "./machines.ts";
export { mailMessage, mailSuppression } from "./mail.ts";
export { invitation, member } from "./membership.ts";
export { adjustmentProposal, providerStop } from "./operators.ts";
export { ledgerAdjustment, reconcileDifference, reconcileProgress } from "./reconcile.ts";
export { idempotentRequest } from "./requests.ts";
export { receiptCorrection, usageReceipt } from "./usage.ts";
export { webhookDelivery, webhookEndpoint, webhookEvent } from "./webhooks.ts";
