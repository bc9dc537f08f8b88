import { instant, text } from "../parameters.ts";

/** To who was in an organization, and is not any more. */
export const memberRemoved = { name: text, organization: text, removedAt: instant } as const;
