import type { FoundSession } from "#store";
import type { ApiContext } from "../api/context.ts";

type Reader = Pick<FoundSession["user"], "name" | "locale">;

/** What is mailed of a change of address: links to our own pages, with the token behind the `#`. */
export function emailChangeMail(context: ApiContext, { name, locale }: Reader) {
  const { sendMail, siteUrl, clock } = context.get("services");
  const now = (): string => new Date(clock.nowMs()).toISOString();
  return {
    /** To the new address. */
    confirm(newAddress: string, token: string, expiresAt: Date): Promise<void> {
      const url = `${siteUrl}/confirm-email#token=${token}`;
      const values = { name, newAddress, url, expiresAt: expiresAt.toISOString() };
      const mail = { template: "confirm_email_change", to: newAddress, locale, values } as const;
      return sendMail(context, { ...mail, expiresAtMs: expiresAt.getTime() });
    },
    /** To the new address, where it has an account already: `name` is its owner's. */
    taken(address: string): Promise<void> {
      const values = { name, url: `${siteUrl}/sign-in` };
      return sendMail(context, { template: "email_change_taken", to: address, locale, values });
    },
    /** To the old address. */
    requested(oldAddress: string, newAddress: string, token: string, expiresAt: Date): Promise<void> {
      const url = `${siteUrl}/stop-email-change#token=${token}`;
      const values = { name, newAddress, url, expiresAt: expiresAt.toISOString() };
      return sendMail(context, { template: "email_change_requested", to: oldAddress, locale, values });
    },
    /** To the old address, once it is the old one. */
    made(oldAddress: string, newAddress: string, token: string, until: Date): Promise<void> {
      const url = `${siteUrl}/stop-email-change#token=${token}`;
      const values = { name, oldAddress, newAddress, changedAt: now(), url, expiresAt: until.toISOString() };
      return sendMail(context, { template: "email_change_made", to: oldAddress, locale, values });
    },
    /** That it was changed, or back. */
    changed(to: string, oldAddress: string, newAddress: string): Promise<void> {
      const values = { name, oldAddress, newAddress, changedAt: now(), url: `${siteUrl}/app/security` };
      return sendMail(context, { template: "email_changed", to, locale, values });
    },
  };
}
