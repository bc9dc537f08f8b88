import type { MappedHolding } from "#privacy";
import { mailMessage, mailSuppression } from "../schema/index.ts";
import { mapTable } from "./map-table.ts";
import { mailed, operational } from "./rules.ts";

export const mailHoldings: readonly MappedHolding[] = [
  mapTable(mailMessage, {
    subjects: ["account_user", "member", "support_contact"],
    ownedVia: { column: "to_address", of: "address" },
    retention: "diagnostics",
    fields: {
      id: mailed,
      to_address: mailed,
      template: mailed,
      locale: mailed,
      sealed_params: { ...mailed, export: false },
      status: mailed,
      tries: operational,
      next_try_at: operational,
      expires_at: operational,
      last_error_code: operational,
      created_at: mailed,
      sent_at: mailed,
    },
  }),
  mapTable(mailSuppression, {
    subjects: ["account_user", "member", "support_contact"],
    ownedVia: { column: "address", of: "address" },
    retention: "account",
    fields: {
      address: { ...mailed, origin: "received" },
      reason: { ...mailed, origin: "received" },
      created_at: mailed,
    },
  }),
];
