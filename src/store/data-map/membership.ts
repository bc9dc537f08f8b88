import type { MappedHolding } from "#privacy";
import { invitation, member } from "../schema/index.ts";
import { mapTable } from "./map-table.ts";
import { accountDetail, accountGenerated, credential, mailed, operational } from "./rules.ts";

export const membershipHoldings: readonly MappedHolding[] = [
  mapTable(member, {
    subjects: ["member"],
    ownedVia: { column: "user_id", of: "user" },
    retention: "account",
    fields: {
      id: accountGenerated,
      org_id: accountGenerated,
      user_id: accountGenerated,
      role: accountDetail,
      version: operational,
      created_at: accountGenerated,
      updated_at: accountGenerated,
      left_at: accountGenerated,
    },
  }),
  mapTable(invitation, {
    subjects: ["member"],
    ownedVia: { column: "email", of: "address" },
    retention: "session",
    fields: {
      id: accountGenerated,
      org_id: accountGenerated,
      email: { ...mailed, origin: "provided" },
      role: accountDetail,
      token_hash: credential,
      invited_by: accountGenerated,
      status: accountGenerated,
      expires_at: accountGenerated,
      created_at: accountGenerated,
      answered_at: accountGenerated,
    },
  }),
];
