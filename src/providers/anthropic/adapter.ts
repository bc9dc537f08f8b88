import { mapError } from "./map-error.ts";
import { encodeRequest } from "./encode-request.ts";
import { mapUsage } from "./map-usage.ts";
import type { ProviderAdapter } from "../spec.ts";

/** What speaks to Anthropic. */
export const ADAPTER: ProviderAdapter = {
  textFormat: () => "anthropic-messages",
  encodeRequest,
  mapUsage,
  mapError,
};
