import { choice, instant, link, text } from "../parameters.ts";

/** Roles that somebody can be invited to: an organization's owner is made by handing it over. */
export const INVITED_ROLES = ["admin", "developer", "billing", "viewer"] as const;

/** To an address that may have no account with us yet, so there is no name to greet. */
export const invitation = {
  inviter: text,
  organization: text,
  role: choice(INVITED_ROLES),
  url: link,
  expiresAt: instant,
} as const;
