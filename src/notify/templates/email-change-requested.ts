import { address, instant, link, text } from "../parameters.ts";

/** To the old address, while the change waits: the link stops it. */
export const emailChangeRequested = { name: text, newAddress: address, url: link, expiresAt: instant } as const;
