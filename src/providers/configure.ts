import type { Clock } from "#kernel";
import { PROVIDERS } from "./registry.ts";
import type { ProviderSettings, ProviderSpec, UpstreamFetch } from "./spec.ts";

export interface ConfiguredProvider {
  readonly spec: ProviderSpec;
  /** With the first key; an attempt takes the key that it was given (`settingsWith`). */
  readonly settings: ProviderSettings;
  readonly keys: readonly UpstreamKey[];
}

/** One of the operator's keys at a provider. Its id names it in memory only, never in a log. */
export interface UpstreamKey {
  readonly id: string;
  readonly key: string;
  /** Its share of the calls beside the others'. */
  readonly weight: number;
}

/** Keys of one provider, at most. */
const KEYS_MAX = 32;
const WEIGHT_MAX = 1_000;

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
    const provider = readProvider(spec, variables, spec.createFetch?.(clock) ?? fetch);
    if (provider) configured.set(spec.id, provider);
  }
  return configured;
}

/** The settings of one attempt: with the operator's chosen key, or the customer's own. */
export function settingsWith(provider: ConfiguredProvider, apiKey: string | null): ProviderSettings {
  return { ...provider.settings, apiKey };
}

function readProvider(
  spec: ProviderSpec,
  variables: Readonly<Record<string, unknown>>,
  fetch: UpstreamFetch,
): ConfiguredProvider | null {
  if (!spec.env) return { spec, settings: { baseUrl: spec.defaultBaseUrl ?? "", apiKey: null, fetch }, keys: [] };
  const keyText = readText(variables, spec.env.apiKey);
  const baseUrlText = readText(variables, spec.env.baseUrl);
  if (keyText === null && baseUrlText === null) return null;
  const keys = keyText === null ? [] : readKeys(keyText, spec.env.apiKey);
  const baseUrl = baseUrlText === null ? spec.defaultBaseUrl : checkBaseUrl(baseUrlText, spec.env.baseUrl);
  // Some have no address that all of their customers share.
  if (baseUrl === null) throw new RangeError(`${spec.env.baseUrl} is missing`);
  return { spec, settings: { baseUrl, apiKey: keys[0]?.key ?? null, fetch }, keys };
}

/** `key`, or several as `key,key*3`: the second gets three times the calls of the first. */
function readKeys(text: string, variable: string): readonly UpstreamKey[] {
  const keys = text.split(",").map((entry, index) => {
    const [, key = "", weight = "1"] = /^\s*([^*]+?)(?:\*(\d{1,4}))?\s*$/.exec(entry) ?? [];
    if (!KEY_PATTERN.test(key) || Number(weight) < 1 || Number(weight) > WEIGHT_MAX) {
      throw new RangeError(`${variable} is not a key`);
    }
    return { id: String(index), key, weight: Number(weight) };
  });
  if (keys.length > KEYS_MAX) throw new RangeError(`${variable} holds more than ${KEYS_MAX} keys`);
  return keys;
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
