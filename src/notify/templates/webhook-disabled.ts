import { instant, link, text } from "../parameters.ts";

/** To who can mend it: an endpoint said that it is gone, or has only failed for days. `host` is of its address alone. */
export const webhookDisabled = { name: text, organization: text, host: text, disabledAt: instant, url: link } as const;
