export { budget, budgetAlert, budgetVersion } from "./budget.ts";
export { apiKey, controlOutbox, organization, priceOverride, providerKey } from "./control.ts";
export { creditExpiry, ledgerAccount, ledgerBalance, ledgerEntry, ledgerTransaction, walletCredit } from "./ledger.ts";
export { ledgerAdjustment, reconcileDifference, reconcileProgress } from "./reconcile.ts";
export { receiptCorrection, usageReceipt } from "./usage.ts";
