import { instant, link, text } from "../parameters.ts";

/** To the address on file, when somebody asked for a new password. */
export const resetPassword = { name: text, url: link, expiresAt: instant } as const;
