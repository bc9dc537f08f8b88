export {
  callUpstream,
  MAX_ERROR_BODY_BYTES,
  type UpstreamCall,
  type UpstreamResponse,
  type UpstreamResult,
  type UpstreamTimeouts,
} from "./call-upstream.ts";
export {
  configureProviders,
  settingsWith,
  type ConfiguredProvider,
  type ConfiguredProviders,
  type UpstreamKey,
} from "./configure.ts";
export { PROVIDERS } from "./registry.ts";
export { MAX_RETRY_AFTER_MS } from "./retry-after.ts";
export type {
  ProviderAdapter,
  ProviderCall,
  ProviderSettings,
  ProviderSpec,
  UpstreamErrorAnswer,
  UpstreamFault,
  UpstreamFetch,
  UpstreamInit,
  UpstreamRequest,
} from "./spec.ts";
export type { Timer } from "./timer.ts";
export { faultToError, upstreamFault } from "./upstream-fault.ts";
export { readWholeBody, type BodyResult, type ReadResult, type UpstreamReader } from "./upstream-reader.ts";
