import { z } from "@hono/zod-openapi";
import type { ListedPasskey } from "#store";
import { idOf, instant, isoOrNull } from "../../schemas.ts";

const NAME_CHARACTERS_MAX = 100;
/** What a person calls it. */
export const passkeyName = z
  .string()
  .trim()
  .min(1, "is empty")
  .max(NAME_CHARACTERS_MAX)
  .refine((text) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text), "holds characters that no name has");

export const ofPasskey = z.strictObject({ passkey: idOf("passkey") });

export const passkeyShape = {
  id: idOf("passkey"),
  name: z.string(),
  /** It is in an account that several devices share. */
  is_synced: z.boolean(),
  created_at: instant,
  used_at: instant.nullable(),
} as const;

export function describePasskey({ id, name, backedUp, createdAt, lastUsedAt }: ListedPasskey) {
  return { id, name, is_synced: backedUp, created_at: createdAt.toISOString(), used_at: isoOrNull(lastUsedAt) };
}
