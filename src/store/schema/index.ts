export { apiKey, controlOutbox, organization, priceOverride, providerKey } from "./control.ts";
export { ledgerAccount, ledgerBalance, ledgerEntry, ledgerTransaction, walletCredit } from "./ledger.ts";
export { receiptCorrection, usageReceipt } from "./usage.ts";
