/** What a key may do. `inference` calls models, `models:read` lists them, `account:read` sees its own limits, credits and receipts. */
export const SCOPES = ["inference", "models:read", "account:read"] as const;
export type Scope = (typeof SCOPES)[number];
