import { z } from "@hono/zod-openapi";
import { SIGN_IN_PROVIDERS } from "../../../identity/providers/sign-in-provider.ts";

export const provider = z.enum(SIGN_IN_PROVIDERS);

/** What the provider's redirect brought to our page. */
export const callback = {
  provider,
  code: z.string().min(1).max(2_048),
  state: z.string().min(1).max(128),
  iss: z.string().max(256).optional(),
} as const;
