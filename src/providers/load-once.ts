import type { ProviderAdapter } from "./spec.ts";

/**
 * Loads an adapter with the first call that needs it and keeps it: a second `import()` of the same module still costs a
 * turn of the module loader, on every call. A load that failed is tried again by the next call.
 */
export function loadOnce(load: () => Promise<{ readonly ADAPTER: ProviderAdapter }>): () => Promise<ProviderAdapter> {
  let loaded: ProviderAdapter | null = null;
  return async () => {
    loaded ??= (await load()).ADAPTER;
    return loaded;
  };
}
