import { address, instant, link, text } from "../parameters.ts";

/** To the address that the account has now; to both where the change was taken back. */
export const emailChanged = {
  name: text,
  oldAddress: address,
  newAddress: address,
  changedAt: instant,
  url: link,
} as const;
