/**
 * The words of the data map. They follow the privacy policy (design PRIVACY sections 1 and 2): what the policy does not
 * name cannot be declared, and what cannot be declared cannot be stored.
 */

/** Section 1 of the policy: whom data may be about. Empty where data is about nobody. */
export const SUBJECTS = ["visitor", "account_user", "member", "api_user", "support_contact", "customer"] as const;
export type Subject = (typeof SUBJECTS)[number];

/** Section 2: how data reaches us. */
export const ORIGINS = ["provided", "generated", "received"] as const;
export type Origin = (typeof ORIGINS)[number];

/** Section 2's five groups, and `operational`: our own records that are about nobody. */
export const CATEGORIES = ["account", "billing", "usage", "support", "device", "operational"] as const;
export type Category = (typeof CATEGORIES)[number];

/** Section 4. */
export const PURPOSES = [
  "authentication",
  "routing",
  "access_control",
  "quota_enforcement",
  "wallet_settlement",
  "fraud_prevention",
  "abuse_detection",
  "customer_support",
  "service_analytics",
  "legal_compliance",
  "communications",
  "maintenance",
] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Section 5. `none` where nobody's personal data is processed. */
export const BASES = [
  "contract",
  "legitimate_interests",
  "legal_obligation",
  "consent",
  "vital_interests",
  "none",
] as const;
export type Basis = (typeof BASES)[number];

/** Section 7: who outside of us gets it. Country and safeguard join with the recipients register. */
export const RECIPIENTS = [
  "neon",
  "cloudflare",
  "model_provider",
  "email_provider",
  "rate_limit_provider",
  "customer",
  "sign_in_provider",
] as const;
export type Recipient = (typeof RECIPIENTS)[number];

/** The clauses of the policy's text that cover a field. */
export const CLAUSES = ["1", "2", "2a", "2b", "2c", "2d", "2e", "3", "4", "5", "7", "9", "10"] as const;
export type Clause = (typeof CLAUSES)[number];

/** Section 9: the retention schedule, one name per rule (design PRIVACY section 3). */
export const RETENTION = {
  account: "while the account is active, then 30 days",
  session: "until it expires, then 7 days",
  audit: "24 months; who and from where 12 months",
  usage_receipt: "13 months, then monthly aggregates",
  ledger: "10 years, pseudonymised",
  attempts: "twice the time that the limit looks back, at most 48 hours",
  diagnostics: "30 days",
  security_log: "12 months",
  transient: "until it is delivered, at most 30 days",
  in_flight: "while the call runs, its end for 24 hours",
  configuration: "while it is in force",
  none: "not kept",
} as const;
export type Retention = keyof typeof RETENTION;

/** What an erasure request does to a field. */
export const ERASURES = ["delete", "pseudonymise", "keep"] as const;
export type Erasure = (typeof ERASURES)[number];
