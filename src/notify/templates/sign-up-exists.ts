import { link, text } from "../parameters.ts";

/**
 * Instead of `verify_email`, when somebody signs up with an address that has an account: the page says the same to both,
 * so that only the address's owner learns that there is one (trap S11).
 */
export const signUpExists = { name: text, url: link, resetUrl: link } as const;
