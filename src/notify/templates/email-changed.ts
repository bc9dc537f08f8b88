import { address, instant, link, text } from "../parameters.ts";

/** To both addresses: whoever still has the old one learns of it. */
export const emailChanged = {
  name: text,
  oldAddress: address,
  newAddress: address,
  changedAt: instant,
  url: link,
} as const;
