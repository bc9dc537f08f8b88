import type { Unstable_RawConfig } from "wrangler";

/**
 * The wrangler file of a built Worker: what its source's file says, with modules that are made already in the place of an
 * entry that wrangler would bundle into one file. A deploy builds them anew first, so that none is older than the source.
 */
export async function deployConfig(sourceConfig: string): Promise<Unstable_RawConfig> {
  const { experimental_readRawConfig } = await import("wrangler");
  const { rawConfig } = experimental_readRawConfig({ config: sourceConfig });
  return {
    ...rawConfig,
    main: "index.js",
    no_bundle: true,
    rules: [{ type: "ESModule", globs: ["**/*.js"] }],
    build: { command: "node dev/build/gateway.ts" },
  };
}
