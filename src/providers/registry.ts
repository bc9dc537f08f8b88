import { ANTHROPIC } from "./anthropic/index.ts";
import { compatibleSpec } from "./openai-compatible/index.ts";
import { COMPATIBLE_PROVIDERS } from "./openai-compatible/table.ts";
import { BEDROCK } from "./bedrock/index.ts";
import { COHERE } from "./cohere/index.ts";
import { GOOGLE } from "./google/index.ts";
import { OPENAI } from "./openai/index.ts";
import { createSandboxFetch } from "./sandbox/index.ts";
import type { ProviderSpec } from "./spec.ts";
import { WORKERS_AI } from "./workers-ai/index.ts";

/** Test keys are answered inside the gateway, by something that speaks OpenAI's format and needs no configuration. */
const SANDBOX: ProviderSpec = {
  ...compatibleSpec({
    id: "sandbox",
    // A name that can never resolve: should this URL ever meet a real fetch, it reaches nobody (RFC 6761).
    defaultBaseUrl: "https://sandbox.invalid/v1",
    outputMaximumParam: "max_completion_tokens",
    streamOptions: "ask",
    embeddings: true,
  }),
  env: null,
  createFetch: (clock) => createSandboxFetch({ clock }),
};

/** Every provider that the gateway speaks to. A new one is its folder and its line here. */
export const PROVIDERS: readonly ProviderSpec[] = [
  OPENAI,
  ...COMPATIBLE_PROVIDERS.map(compatibleSpec),
  ANTHROPIC,
  GOOGLE,
  BEDROCK,
  COHERE,
  WORKERS_AI,
  SANDBOX,
];
