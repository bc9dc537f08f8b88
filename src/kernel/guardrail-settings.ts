/** What is done with a match: nothing, a note in the receipt and headers, its removal from the request, or a refusal. */
export const GUARDRAIL_ACTIONS = ["off", "warn", "redact", "block"] as const;

export type GuardrailAction = (typeof GUARDRAIL_ACTIONS)[number];

/** What a key's requests are looked through for, in memory (design GATEWAY section 5). */
export interface GuardrailSettings {
  /** Credentials: API keys, private keys, tokens. */
  readonly secrets: GuardrailAction;
  /** Payment card numbers. */
  readonly cards: GuardrailAction;
}

/** How many matches of each kind a request had. Never what matched. */
export type GuardrailCounts = Readonly<Record<string, number>>;
