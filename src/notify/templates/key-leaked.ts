import { instant, link, text } from "../parameters.ts";

/** A key was found where everybody can read it, and was revoked. `keyPrefix` is what lists show of it, never the key. */
export const keyLeaked = {
  name: text,
  organization: text,
  keyName: text,
  keyPrefix: text,
  revokedAt: instant,
  url: link,
} as const;
