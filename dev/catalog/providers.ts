import type { EncodedProvider } from "../../src/catalog/encoded.ts";

export interface WiredProvider extends EncodedProvider {
  readonly id: string;
  /** Its id in the price package; null when the package does not know it. */
  readonly packageId: string | null;
  /** Where the abort policy was read. The published abort policy (docs) cites it. */
  readonly abortSource: { readonly url: string; readonly checked: string } | null;
}

const CANCELLATION_TABLE = { url: "https://openrouter.ai/docs/api-reference/streaming", checked: "2026-11-22" };

/**
 * The providers whose models the catalogue carries: adding one is an entry here, a row in src/providers, and a run of
 * `npm run catalog`. What a provider does not document is the worst case: `drain`, `unknown`. `temporary` retention
 * is the provider's default for an ordinary account (30 days for abuse monitoring), not what a contract may grant.
 */
export const WIRED_PROVIDERS: readonly WiredProvider[] = [
  {
    id: "openai",
    packageId: "openai",
    abort: "cancel",
    abortSource: CANCELLATION_TABLE,
    dataPolicy: {
      retention: "temporary",
      training: "never",
      regions: null,
      source: { url: "https://developers.openai.com/api/docs/guides/your-data", checked: "2026-11-22" },
    },
  },
  {
    id: "groq",
    packageId: "groq",
    abort: "drain",
    abortSource: CANCELLATION_TABLE,
    // Not retained by default, but kept for up to 30 days where abuse or a failure is looked into: so not `none`.
    dataPolicy: {
      retention: "temporary",
      training: "unknown",
      regions: null,
      source: { url: "https://console.groq.com/docs/your-data", checked: "2026-11-22" },
    },
  },
  {
    id: "mistral",
    packageId: "mistral",
    abort: "drain",
    abortSource: CANCELLATION_TABLE,
    // API inputs and outputs roll out after 30 days; whether they train depends on the plan, so that is unknown.
    dataPolicy: {
      retention: "temporary",
      training: "unknown",
      regions: null,
      source: { url: "https://legal.mistral.ai/terms/privacy-policy", checked: "2026-11-22" },
    },
  },
  {
    id: "deepseek",
    packageId: "deepseek",
    abort: "cancel",
    abortSource: CANCELLATION_TABLE,
    dataPolicy: { retention: "unknown", training: "unknown", regions: null, source: null },
  },
  {
    id: "xai",
    packageId: "x-ai",
    abort: "cancel",
    abortSource: CANCELLATION_TABLE,
    dataPolicy: {
      retention: "temporary",
      training: "never",
      regions: null,
      source: { url: "https://docs.x.ai/docs/faq/security", checked: "2026-11-22" },
    },
  },
  {
    id: "sandbox",
    packageId: null,
    abort: "cancel",
    abortSource: null,
    // It runs inside the gateway: nothing leaves, nothing is kept.
    dataPolicy: {
      retention: "none",
      training: "never",
      regions: null,
      source: { url: "https://prismaticapi.com/docs/sandbox", checked: "2026-11-22" },
    },
  },
];
