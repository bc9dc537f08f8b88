import { instant, link, text } from "../parameters.ts";

/** After a change or a reset. The link leads to the account's security settings. */
export const passwordChanged = { name: text, changedAt: instant, url: link } as const;
