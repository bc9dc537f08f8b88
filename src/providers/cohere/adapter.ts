import { encodeRequest } from "./encode-request.ts";
import { mapError } from "./map-error.ts";
import { mapUsage } from "./map-usage.ts";
import type { ProviderAdapter } from "../spec.ts";

/** What speaks to Cohere. */
export const ADAPTER: ProviderAdapter = {
  textFormat: () => "cohere-chat",
  encodeRequest,
  mapUsage,
  mapError,
};
