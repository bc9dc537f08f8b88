/** What one generation of Claude takes. Sources: Anthropic's model and thinking pages; the AI SDK's model catalogue (2026-11). */
export interface ModelTraits {
  /** `budget`: a number of tokens. `adaptive`: an effort. `always`: an effort, and it cannot be switched off. */
  readonly thinking: "budget" | "adaptive" | "always";
  /** `one`: temperature or top_p, not both. */
  readonly sampling: "all" | "one" | "none";
  readonly hasOutputFormat: boolean;
  readonly hasXhigh: boolean;
  /** The largest useful `max_tokens`. */
  readonly outputTokens: number;
}

/** `claude-opus-4-8`, `claude-3-5-sonnet-20241022`, `claude-opus-4-20250514`: a minor version has at most two digits. */
const VERSION = /claude-(?:[a-z]+-)?(\d)(?:[-.](\d{1,2})(?!\d))?/;
const ALWAYS_THINKS = /fable|mythos|(?:opus|sonnet)-5-5/;

/** Traits by the model's name. A name that says no version is taken for a current model. */
export function traitsOf(model: string): ModelTraits {
  const match = VERSION.exec(model);
  const version = match ? Number(match[1]) * 100 + Number(match[2] ?? 0) : Infinity;
  return {
    thinking: version < 406 ? "budget" : ALWAYS_THINKS.test(model) ? "always" : "adaptive",
    sampling: version < 401 ? "all" : version < 407 ? "one" : "none",
    hasOutputFormat: version >= 401,
    hasXhigh: version >= 407,
    outputTokens: version < 400 ? 4_096 : version < 405 ? 32_000 : version < 406 ? 64_000 : 128_000,
  };
}
