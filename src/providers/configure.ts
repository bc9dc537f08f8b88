import type { Clock } from "#kernel";
import { PROVIDERS } from "./registry.ts";
import type { ProviderSettings, ProviderSpec, UpstreamFetch } from "./spec.ts";

export interface ConfiguredProvider {
  readonly spec: ProviderSpec;
  readonly settings: ProviderSettings;
}

/** Everything that can be reached from here, by provider id. */
export type ConfiguredProviders = ReadonlyMap<string, ConfiguredProvider>;

/** Printable ASCII: a key with a line break must not become a header (G27). */
const KEY_PATTERN = /^[\x21-\x7e]+$/;

/**
 * Reads the providers' configuration. A provider is there when its key or its base URL is set (a local one needs no key),
 * or when it lives inside the gateway. Throws RangeError, naming the variable and never its value, for one that is malformed.
 */
export function configureProviders(
  variables: Readonly<Record<string, unknown>>,
  fetch: UpstreamFetch,
  clock: Clock,
): ConfiguredProviders {
  const configured = new Map<string, ConfiguredProvider>();
  for (const spec of PROVIDERS) {
    const settings = readSettings(spec, variables, spec.createFetch?.(clock) ?? fetch);
    if (settings) configured.set(spec.id, { spec, settings });
  }
  return configured;
}

function readSettings(
  spec: ProviderSpec,
  variables: Readonly<Record<string, unknown>>,
  fetch: UpstreamFetch,
): ProviderSettings | null {
  if (!spec.env) return { baseUrl: spec.defaultBaseUrl, apiKey: null, fetch };
  const apiKey = readText(variables, spec.env.apiKey);
  const baseUrl = readText(variables, spec.env.baseUrl);
  if (apiKey === null && baseUrl === null) return null;
  if (apiKey !== null && !KEY_PATTERN.test(apiKey)) throw new RangeError(`${spec.env.apiKey} is not a key`);
  const url = baseUrl === null ? spec.defaultBaseUrl : checkBaseUrl(baseUrl, spec.env.baseUrl);
  return { baseUrl: url, apiKey, fetch };
}

function readText(variables: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = variables[name];
  return typeof value === "string" && value !== "" ? value : null;
}

/** Base URLs come from operators only; one with a query, a fragment or a password in it is a mistake. */
function checkBaseUrl(text: string, variable: string): string {
  const url = URL.parse(text);
  const isPlain = url && (url.protocol === "https:" || url.protocol === "http:") && !url.search && !url.hash;
  if (!isPlain || url.username || url.password) throw new RangeError(`${variable} is not a base URL`);
  return (url.origin + url.pathname).replace(/\/+$/, "");
}
