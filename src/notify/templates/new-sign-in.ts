import { instant, link, text } from "../parameters.ts";

/** From a device that the account was not used on before. `place` is as near as the address tells: a country. */
export const newSignIn = { name: text, signedInAt: instant, device: text, place: text, url: link } as const;
