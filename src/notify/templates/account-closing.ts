import { instant, link, text } from "../parameters.ts";

/** While an account is on its way out, the link undoes it. */
export const accountClosing = { name: text, closesAt: instant, url: link } as const;
