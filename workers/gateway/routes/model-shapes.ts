import type { Operation } from "#kernel";

/** What other clients' shapes of a model are made from. */
export interface ListedModel {
  readonly id: string;
  readonly name: string;
  readonly operations: readonly Operation[];
  readonly context_tokens: number | null;
  readonly max_output_tokens: number | null;
}

/** Anthropic's shape wants a creation time; the catalogue has none. */
const CREATED_AT = "1970-01-01T00:00:00Z";

/** Source: Anthropic API, "Get a model". */
export function anthropicModel({ id, name }: ListedModel) {
  return { type: "model", id, display_name: name, created_at: CREATED_AT };
}

/** One page with all of them. */
export function anthropicList(models: readonly ListedModel[]) {
  return {
    data: models.map(anthropicModel),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  };
}

const GEMINI_METHODS: Partial<Record<Operation, readonly string[]>> = {
  "chat.completions": ["generateContent", "streamGenerateContent", "countTokens"],
  embeddings: ["embedContent"],
};

/** Source: Gemini API, models.get. */
export function geminiModel({ id, name, operations, context_tokens, max_output_tokens }: ListedModel) {
  return {
    name: `models/${id}`,
    displayName: name,
    ...(context_tokens === null ? {} : { inputTokenLimit: context_tokens }),
    ...(max_output_tokens === null ? {} : { outputTokenLimit: max_output_tokens }),
    supportedGenerationMethods: operations.flatMap((operation) => GEMINI_METHODS[operation] ?? []),
  };
}

/** One page with all of them. */
export const geminiList = (models: readonly ListedModel[]) => ({ models: models.map(geminiModel) });
