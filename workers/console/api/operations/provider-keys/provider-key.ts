import { z } from "@hono/zod-openapi";
import { OWN_KEY_MODES } from "#admission";
import { models } from "#catalog";
import { AppError } from "#kernel";
import type { ProviderKeyView } from "#store";
import { instant } from "../../schemas.ts";
import { inOrganization } from "../organizations/organization.ts";

export const ofProvider = inOrganization.extend({ provider: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/) });

/** `first`: the organization's own key, then ours. `only`: never ours. */
export const mode = z.enum(OWN_KEY_MODES);

export const providerKeyShape = {
  provider: z.string(),
  mode,
  created_at: instant,
  updated_at: instant,
} as const;

export const describeProviderKey = (key: ProviderKeyView) => ({
  provider: key.provider,
  mode: key.mode,
  created_at: key.createdAt.toISOString(),
  updated_at: key.updatedAt.toISOString(),
});

let known: ReadonlySet<string> | null = null;

/** Throws `not_found` for a provider of which nothing is offered: its key would never be used. */
export function checkProvider(name: string): void {
  known ??= new Set(models().flatMap(({ endpoints }) => endpoints.map(({ provider }) => provider)));
  if (!known.has(name)) throw new AppError("not_found", { param: "provider" });
}
