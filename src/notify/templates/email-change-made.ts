import { address, instant, link, text } from "../parameters.ts";

/** To the old address, once the change was made: for some days the link takes it back. */
export const emailChangeMade = {
  name: text,
  oldAddress: address,
  newAddress: address,
  changedAt: instant,
  url: link,
  expiresAt: instant,
} as const;
