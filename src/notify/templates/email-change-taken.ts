import { link, text } from "../parameters.ts";

/** Instead of `confirm_email_change`, to an address that has an account: only its owner learns that there is one (trap S11). */
export const emailChangeTaken = { name: text, url: link } as const;
