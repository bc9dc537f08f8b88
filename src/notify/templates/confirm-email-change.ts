import { address, instant, link, text } from "../parameters.ts";

/** To the new address: only who reads it and is signed in makes the change. */
export const confirmEmailChange = { name: text, newAddress: address, url: link, expiresAt: instant } as const;
