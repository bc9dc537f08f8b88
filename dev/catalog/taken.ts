/**
 * For providers whose price list holds much that is old, resold or not callable on our endpoints: what is taken from it,
 * as the package's id and the names that the provider's API answers to. Nothing else of them is in the catalogue.
 */
type Taken = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** The API's name is the package's id. */
const same = (...ids: readonly string[]): Record<string, readonly string[]> =>
  Object.fromEntries(ids.map((id) => [id, [id]]));

/** A router of other providers: the API's name is the package's id, then the provider that answers. */
const via = (provider: string, ...ids: readonly string[]): Record<string, readonly string[]> =>
  Object.fromEntries(ids.map((id) => [id, [`${id}:${provider}`]]));

export const TAKEN: Taken = {
  anthropic: {
    "claude-haiku-4-5": ["claude-haiku-4-5", "claude-haiku-4-5-20251001"],
    "claude-sonnet-4-5": ["claude-sonnet-4-5", "claude-sonnet-4-5-20250929"],
    "claude-opus-4-5": ["claude-opus-4-5", "claude-opus-4-5-20251101"],
    ...same("claude-sonnet-4-6", "claude-opus-4-6", "claude-opus-4-7", "claude-opus-4-8"),
    ...same("claude-sonnet-5", "claude-opus-5", "claude-opus-5-5", "claude-fable-5", "claude-fable-5-1"),
  },
  google: {
    ...same("gemini-2.5-flash-lite", "gemini-2.5-flash", "gemini-2.5-pro"),
    ...same("gemini-3-flash-preview", "gemini-3.1-flash-lite", "gemini-3.1-pro-preview"),
    ...same("gemini-3.5-flash", "gemini-3.5-flash-lite", "gemini-3.6-flash", "gemini-3.7-flash", "gemini-3.8-flash"),
    ...same("gemini-2.5-flash-image", "gemini-embedding-001", "gemini-embedding-2"),
    "gemini-3-pro-image-preview": ["gemini-3-pro-image", "gemini-3-pro-image-preview"],
    "gemini-3.1-flash-image-preview": ["gemini-3.1-flash-image", "gemini-3.1-flash-image-preview"],
  },
  // `global.` profiles answer from any commercial region, and cost a tenth less than regional ones.
  aws: {
    "global.anthropic.claude-haiku-4-5-20251001-v1:0": ["global.anthropic.claude-haiku-4-5-20251001-v1:0"],
    "global.anthropic.claude-sonnet-4-5-20250929-v1:0": ["global.anthropic.claude-sonnet-4-5-20250929-v1:0"],
    "global.anthropic.claude-opus-4-5-v1:0": ["global.anthropic.claude-opus-4-5-20251101-v1:0"],
    "global.anthropic.claude-sonnet-4-6-v1:0": ["global.anthropic.claude-sonnet-4-6"],
    "global.anthropic.claude-opus-4-6-v1:0": ["global.anthropic.claude-opus-4-6-v1"],
    "global.anthropic.claude-opus-4-7-v1:0": ["global.anthropic.claude-opus-4-7"],
    "global.anthropic.claude-opus-4-8-v1:0": ["global.anthropic.claude-opus-4-8"],
    "global.anthropic.claude-sonnet-5-v1:0": ["global.anthropic.claude-sonnet-5"],
    "global.anthropic.claude-opus-5": ["global.anthropic.claude-opus-5"],
    "global.anthropic.claude-opus-5-5": ["global.anthropic.claude-opus-5-5"],
    "global.anthropic.claude-fable-5-v1:0": ["global.anthropic.claude-fable-5"],
    "global.anthropic.claude-fable-5-1-v1:0": ["global.anthropic.claude-fable-5-1"],
    ...same("amazon.nova-micro-v1:0", "amazon.nova-lite-v1:0", "amazon.nova-pro-v1:0", "amazon.nova-premier-v1:0"),
    ...same("global.amazon.nova-2-lite-v1:0", "deepseek.r1-v1:0"),
    ...same("meta.llama3-1-8b-instruct-v1:0", "meta.llama3-1-70b-instruct-v1:0", "meta.llama3-3-70b-instruct-v1:0"),
    ...same("meta.llama3-2-1b-instruct-v1:0", "meta.llama3-2-3b-instruct-v1:0", "meta.llama3-2-11b-instruct-v1:0"),
    ...same("meta.llama3-2-90b-instruct-v1:0", "meta.llama4-scout-17b-instruct-v1:0"),
    ...same("meta.llama4-maverick-17b-instruct-v1:0", "mistral.mistral-large-3-675b-instruct"),
    ...same("mistral.ministral-3-3b-instruct", "mistral.ministral-3-8b-instruct", "mistral.ministral-3-14b-instruct"),
    ...same("mistral.magistral-small-2509", "mistral.devstral-2-123b", "mistral.pixtral-large-2502-v1:0"),
    ...same("google.gemma-3-4b-it", "google.gemma-3-12b-it", "google.gemma-3-27b-it"),
    ...same("openai.gpt-oss-20b-1:0", "openai.gpt-oss-120b-1:0", "qwen.qwen3-32b-v1:0"),
    ...same("qwen.qwen3-coder-30b-a3b-v1:0", "qwen.qwen3-coder-480b-a35b-v1:0"),
    ...same("writer.palmyra-x4-v1:0", "writer.palmyra-x5-v1:0"),
  },
  together: same(
    "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo",
    "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
    "meta-llama/Llama-4-Scout-17B-16E-Instruct",
  ),
  novita: same(
    "meta-llama/llama-3.1-8b-instruct",
    "meta-llama/llama-3.3-70b-instruct",
    "mistralai/mistral-nemo",
    "qwen/qwen-2.5-72b-instruct",
  ),
  baseten: same(
    "openai/gpt-oss-120b",
    "moonshotai/Kimi-K2.6",
    "moonshotai/Kimi-K2.7-Code",
    "moonshotai/Kimi-K3",
    "zai-org/GLM-4.7",
    "zai-org/GLM-5.2",
  ),
  huggingface_groq: via("groq", "Qwen/Qwen3-32B", "meta-llama/Llama-3.3-70B-Instruct"),
  huggingface_cerebras: via("cerebras", "meta-llama/Llama-3.1-8B-Instruct"),
  "huggingface_fireworks-ai": via("fireworks-ai", "openai/gpt-oss-120b", "openai/gpt-oss-20b"),
  huggingface_sambanova: via("sambanova", "meta-llama/Llama-3.3-70B-Instruct", "deepseek-ai/DeepSeek-R1-0528"),
  huggingface_together: via(
    "together",
    "Qwen/Qwen3-235B-A22B-Instruct-2507",
    "Qwen/Qwen3-Next-80B-A3B-Instruct",
    "Qwen/Qwen3.5-397B-A17B",
    "zai-org/GLM-4.6",
    "zai-org/GLM-5",
  ),
  huggingface_novita: via(
    "novita",
    "Qwen/Qwen3-235B-A22B",
    "Qwen/Qwen3-235B-A22B-Instruct-2507",
    "Qwen/Qwen3-Coder-480B-A35B-Instruct",
    "Qwen/Qwen3.5-397B-A17B",
    "deepseek-ai/DeepSeek-V3.2",
    "moonshotai/Kimi-K2.5",
    "zai-org/GLM-4.7",
    "zai-org/GLM-5",
  ),
};
