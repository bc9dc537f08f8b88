import { instant, link, text } from "../parameters.ts";

/** The closing was taken back. */
export const accountReopened = { name: text, reopenedAt: instant, url: link } as const;
