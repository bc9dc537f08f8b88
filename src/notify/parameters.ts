import { z } from "zod";

/**
 * What a template can be filled with. The kind decides how a value is shown, and how it is kept from being anything else:
 * a text can never be markup or a link, a link leads to our own site alone, a choice is one of our own words.
 */
export type Parameter =
  | { readonly kind: "text" | "address" | "link" | "instant"; readonly schema: z.ZodType<string> }
  | { readonly kind: "choice"; readonly schema: z.ZodType<string>; readonly choices: readonly string[] };

export type Parameters = Readonly<Record<string, Parameter>>;

/** What the parameters' values are, by name. */
export type ParameterValues<Shape extends Parameters> = {
  readonly [Name in keyof Shape]: z.output<Shape[Name]["schema"]>;
};

export const TEXT_CHARACTERS_MAX = 200;
const LINK_CHARACTERS_MAX = 2_048;
const ADDRESS_CHARACTERS_MAX = 254;

/** A name, or what a browser calls itself: anybody may have made it up. */
export const text = { kind: "text", schema: z.string().min(1).max(TEXT_CHARACTERS_MAX) } as const;

export const address = { kind: "address", schema: z.email().max(ADDRESS_CHARACTERS_MAX) } as const;

/** A page of our own site. The caller builds it, the renderer checks where it leads. */
export const link = { kind: "link", schema: z.url().max(LINK_CHARACTERS_MAX) } as const;

/** ISO 8601, UTC; shown in the reader's language. */
export const instant = { kind: "instant", schema: z.iso.datetime() } as const;

/** One of a few words of ours; each language has its own for it. */
export function choice<const Choices extends readonly [string, ...string[]]>(choices: Choices) {
  return { kind: "choice", schema: z.enum(choices), choices } as const;
}
