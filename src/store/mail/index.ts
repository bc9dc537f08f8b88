export { claimDueMail, type ClaimBounds, type ClaimedMail } from "./claim-mail.ts";
export { queueMail } from "./queue-mail.ts";
export { endHopelessMail, markMailEnded, markMailSent, postponeMail } from "./settle-mail.ts";
export { suppressAddresses } from "./suppress-address.ts";
