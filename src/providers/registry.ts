import { compatibleSpec } from "./openai-compatible/index.ts";
import { COMPATIBLE_PROVIDERS } from "./openai-compatible/table.ts";
import type { ProviderSpec } from "./spec.ts";

/** Every provider that the gateway speaks to. A new one is its folder and its line here. */
export const PROVIDERS: readonly ProviderSpec[] = COMPATIBLE_PROVIDERS.map(compatibleSpec);
