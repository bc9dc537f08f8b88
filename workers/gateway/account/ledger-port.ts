import type { LedgerPort } from "#admission";
import type { AccountSettings } from "./account-settings.ts";

export function createLedgerPort(settings: AccountSettings): LedgerPort {
  return {
    postUsage: async (flush) => {
      const response = await fetch(settings.neonHttpEndpoint ?? "https://ledger.invalid/sql", {
        method: "POST",
        body: JSON.stringify(flush),
      });
      if (response.ok) return { ok: true };
      return { ok: false, reason: "unavailable" };
    },
  };
}
