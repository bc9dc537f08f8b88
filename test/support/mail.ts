import { randomBytes } from "node:crypto";
import { parseMailKeys, parseSite, type MailContext, type MailRequest } from "#notify";

export const SITE = parseSite("https://prismatic.test", false);
export const SITE_LINK = "https://prismatic.test/verify?token=abc&x=1";

export const makeMailKeys = (version = "1") =>
  parseMailKeys(JSON.stringify({ [version]: randomBytes(32).toString("base64url") }));

export function mailContext(nowMs: () => number = () => Date.now()): MailContext {
  return {
    keys: makeMailKeys(),
    site: SITE,
    clock: { nowMs },
    random: (length) => new Uint8Array(randomBytes(length)),
  };
}

/** A mail to that address, with a link. */
export function verification(to: string, expiresAtMs?: number): MailRequest {
  return {
    template: "verify_email",
    values: { name: "Ada", url: SITE_LINK, expiresAt: "2030-01-02T03:04:05Z" },
    to,
    locale: "en",
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  };
}
