import { PROVIDERS, type ProviderAdapter } from "#providers";

/** What speaks to each provider, by id. */
export const ADAPTERS: ReadonlyMap<string, ProviderAdapter> = new Map(
  await Promise.all(PROVIDERS.map(async (spec) => [spec.id, await spec.load()] as const)),
);
