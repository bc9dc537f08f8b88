import { instant, link, text } from "../parameters.ts";

/** Somebody who has the password, or an open session, guesses at what else is asked: told once a day. */
export const guessesStopped = { name: text, stoppedAt: instant, url: link } as const;
