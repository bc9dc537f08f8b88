/**
 * The chart of accounts (design MONEY section 5). An entry's amount is signed: debits positive, credits negative, and
 * every transaction sums to zero per asset. A wallet is money owed to its organization, so a wallet with credit has a
 * negative sum: what the organization may spend is the sum turned around (`spendableNano`).
 */
export const ORGANIZATION_ACCOUNTS = ["wallet", "receivable"] as const;

/** The platform's own accounts, summed from the journal. */
export const PLATFORM_ACCOUNTS = [
  "usage_revenue",
  "subscription_deferred",
  "subscription_revenue",
  "upstream_cost",
  "tax_payable",
  "payment_fees",
  "promo_expense",
  "dispute_loss",
  "breakage",
  "fx",
  "suspense",
] as const;

/** Kept once per partner, which the account's `party` names; opened when first needed. */
export const PARTNER_ACCOUNTS = ["provider_payable", "clearing"] as const;

export type AccountName =
  | (typeof ORGANIZATION_ACCOUNTS)[number]
  | (typeof PLATFORM_ACCOUNTS)[number]
  | (typeof PARTNER_ACCOUNTS)[number];

/** Why a credit was given. Each kind names the account that bears it. */
export const CREDIT_KINDS = { promo: "promo_expense" } as const satisfies Record<string, AccountName>;

export type CreditKind = keyof typeof CREDIT_KINDS;
