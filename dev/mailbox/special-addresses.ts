import { bareAddress, type StoredMessage } from "./message-store.ts";
import { refusals, type Refusal } from "./refusals.ts";

/** What a message to a special address meets. */
export type Fate =
  | { readonly kind: "taken"; readonly event: StoredMessage["last_event"] }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Resend's own test addresses have its host; what they cannot show has a host of ours that leads nowhere (RFC 6761). */
const SPECIAL_HOSTS = new Set(["resend.dev", "mailbox.test"]);

const FATES: Readonly<Record<string, Fate>> = {
  bounced: { kind: "taken", event: "bounced" },
  complained: { kind: "taken", event: "complained" },
  "rate-limited": { kind: "refused", refusal: refusals.rateLimited },
  broken: { kind: "refused", refusal: refusals.broken },
  refused: { kind: "refused", refusal: refusals.invalidAddress("to") },
};

/** `bounced+anything@resend.dev` is as `bounced@resend.dev`. Everybody else's mail arrives. */
export function fateOf(recipients: readonly string[]): Fate {
  for (const recipient of recipients) {
    const [local = "", host = ""] = bareAddress(recipient).split("@");
    const [name = ""] = local.split("+");
    const fate = SPECIAL_HOSTS.has(host) && Object.hasOwn(FATES, name) ? FATES[name] : undefined;
    if (fate) return fate;
  }
  return { kind: "taken", event: "delivered" };
}
