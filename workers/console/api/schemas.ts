import { z } from "@hono/zod-openapi";
import { isTimeZone } from "#admission";
import { ID_PREFIXES, isId, parseUsd, type IdKind } from "#kernel";
import { passkeyAssertion } from "../identity/passkey-schemas.ts";

/** An id of ours in a path, a query or a body. */
export const idOf = (kind: IdKind) =>
  z
    .string()
    .refine((text) => isId(kind, text), `is no id of the form ${ID_PREFIXES[kind]}_…`)
    .openapi({
      pattern: `^${ID_PREFIXES[kind]}_[0-7][0-9a-hjkmnp-tv-z]{25}$`,
      example: `${ID_PREFIXES[kind]}_01h2xcejqtf2nbrexx3vqjhp41`,
    });

/** An address as people type it, as it is stored. */
export const email = z
  .string()
  .trim()
  .max(254)
  .pipe(z.email("is no e-mail address"))
  .transform((text) => text.toLowerCase())
  .openapi({ type: "string", format: "email", example: "ada@example.com" });

const NAME_CHARACTERS_MAX = 200;
/** A name of a person, a key, an organization: one line of text. */
export const name = z
  .string()
  .trim()
  .min(1, "is empty")
  .max(NAME_CHARACTERS_MAX)
  .refine((text) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text), "holds characters that no name has");

const PASSWORD_CHARACTERS_MAX = 1_024;
/** A password as it is tried. Whether a new one is good enough is judged apart. */
export const password = z.string().min(1).max(PASSWORD_CHARACTERS_MAX).openapi({ format: "password" });

const TOKEN_CHARACTERS_MAX = 2_048;
/** From a mailed link. */
export const linkToken = z.string().min(1).max(TOKEN_CHARACTERS_MAX);

export const locale = z.string().regex(/^[a-z]{2}(-[A-Z]{2})?$/, "is no language tag like 'en' or 'pt-BR'");
export const timeZone = z
  .string()
  .max(64)
  .refine((text) => isTimeZone(text), "is no time zone like 'Europe/Berlin'")
  // The database tells capitals apart; JavaScript does not.
  .transform((text) => {
    const { timeZone: known } = new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions();
    return known.toLowerCase() === text.toLowerCase() ? known : text;
  })
  .openapi({ type: "string", example: "Europe/Berlin" });
export const instant = z.iso.datetime();

export const isoOrNull = (date: Date | null): string | null => date?.toISOString() ?? null;

/** A second factor: one of the three. */
export const factorProof = {
  code: z.string().max(16).optional(),
  recovery_code: z.string().max(64).optional(),
  passkey: passkeyAssertion.optional(),
} as const;

const ALLOW_LIST_MAX = 64;
const addressOrRange = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/** The models of an allow-list; null allows all. */
export const allowedModels = z
  .array(z.string().regex(/^[\x21-\x7e]{1,200}$/, "holds what is no model id"))
  .max(ALLOW_LIST_MAX)
  .nullable();
/** The addresses of an allow-list; null allows all. */
export const allowedAddresses = z
  .array(z.string().refine((text) => addressOrRange.safeParse(text).success, "is no address or CIDR range"))
  .max(ALLOW_LIST_MAX)
  .nullable();

/** An amount that is not negative. */
export const usd = z
  .string()
  .refine((text) => (parseUsd(text) ?? -1n) >= 0n, "is no amount in USD like '12.50'")
  .openapi({ example: "12.50" });
