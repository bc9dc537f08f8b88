import type { KeyMode } from "#kernel";

/**
 * `prism_(live|test)_` + region 1 + pepper version 1 + locator 17 + secret 43 + tag 6, all base62, fixed lengths
 * (design PRIVACY section 5). The published pattern for secret scanners is `KEY_PATTERN`.
 */
export const KEY_PATTERN = /^prism_(live|test)_([ge])([0-9A-Za-z])([0-9A-Za-z]{17})([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

export const LOCATOR_LENGTH = 17;
export const SECRET_LENGTH = 43;
export const TAG_LENGTH = 6;
export const KEY_LENGTH = "prism_live_".length + 2 + LOCATOR_LENGTH + SECRET_LENGTH + TAG_LENGTH;

/** `g`: anywhere. `e`: the Account object lives under EU jurisdiction. Chosen when the organization is created. */
export type Region = "g" | "e";

/** What a key's text says of itself. Nothing of it is believed before the tag was checked. */
export interface KeyParts {
  readonly mode: KeyMode;
  readonly region: Region;
  readonly pepperVersion: string;
  /** Finds the organization's Account object; random, not the organization's id. */
  readonly locator: string;
  /** Everything before the tag: what the tag is computed over. */
  readonly signed: string;
  readonly tag: string;
}

/** Splits a key into its parts, or null when it has not the form of one. */
export function parseKey(text: string): KeyParts | null {
  if (text.length !== KEY_LENGTH) return null;
  const match = KEY_PATTERN.exec(text);
  if (!match) return null;
  const [, mode, region, pepperVersion, locator, , tag] = match;
  if (pepperVersion === undefined || locator === undefined || tag === undefined) return null;
  return {
    mode: mode === "live" ? "live" : "test",
    region: region === "e" ? "e" : "g",
    pepperVersion,
    locator,
    signed: text.slice(0, -TAG_LENGTH),
    tag,
  };
}
