import { instant, link, text } from "../parameters.ts";

/** To an address that somebody signed up with: that it is theirs is known once the link was followed. */
export const verifyEmail = { name: text, url: link, expiresAt: instant } as const;
