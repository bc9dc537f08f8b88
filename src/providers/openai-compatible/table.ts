/** What differs between providers that speak OpenAI's format. One row each; everything else is shared. */
export interface CompatibleProvider {
  readonly id: string;
  readonly defaultBaseUrl: string;
  /** `OPENAI` reads `OPENAI_API_KEY` and `OPENAI_BASE_URL`. */
  readonly envPrefix: string;
  readonly outputMaximumParam: "max_completion_tokens" | "max_tokens";
  /**
   * `ask`: streamed usage comes only with `stream_options.include_usage`. `relay`: it comes unasked, and the caller's
   * option is understood. `strip`: it comes unasked, and the option is refused as unknown.
   */
  readonly streamOptions: "ask" | "relay" | "strip";
  readonly embeddings: boolean;
}

/** Sources: each provider's API reference; usage in streams as seen in recorded answers. */
export const COMPATIBLE_PROVIDERS: readonly CompatibleProvider[] = [
  {
    id: "openai",
    defaultBaseUrl: "https://api.openai.com/v1",
    envPrefix: "OPENAI",
    outputMaximumParam: "max_completion_tokens",
    streamOptions: "ask",
    embeddings: true,
  },
  {
    id: "groq",
    defaultBaseUrl: "https://api.groq.com/openai/v1",
    envPrefix: "GROQ",
    outputMaximumParam: "max_completion_tokens",
    streamOptions: "relay",
    embeddings: false,
  },
  {
    id: "mistral",
    defaultBaseUrl: "https://api.mistral.ai/v1",
    envPrefix: "MISTRAL",
    outputMaximumParam: "max_tokens",
    streamOptions: "strip",
    embeddings: true,
  },
  {
    id: "deepseek",
    defaultBaseUrl: "https://api.deepseek.com/v1",
    envPrefix: "DEEPSEEK",
    outputMaximumParam: "max_tokens",
    streamOptions: "ask",
    embeddings: false,
  },
  {
    id: "xai",
    defaultBaseUrl: "https://api.x.ai/v1",
    envPrefix: "XAI",
    outputMaximumParam: "max_completion_tokens",
    streamOptions: "ask",
    embeddings: false,
  },
];
