import type { MappedHolding } from "#privacy";
import { auditEntry, auditOrigin, auditSeal } from "../schema/index.ts";
import { mapTable } from "./map-table.ts";
import { audited, device, operational } from "./rules.ts";

export const auditHoldings: readonly MappedHolding[] = [
  mapTable(auditEntry, {
    subjects: ["member", "account_user"],
    ownedVia: { column: "org_id", of: "organization" },
    retention: "audit",
    fields: {
      seq: operational,
      id: audited,
      org_id: audited,
      occurred_at: audited,
      actor_kind: audited,
      actor_id: audited,
      action: audited,
      target_id: audited,
      details: audited,
      request_id: operational,
    },
  }),
  mapTable(auditOrigin, {
    subjects: ["member", "account_user"],
    ownedVia: "nobody",
    retention: "security_log",
    fields: { entry_id: audited, ip_address: device, user_agent: device },
  }),
  mapTable(auditSeal, {
    subjects: [],
    ownedVia: "nobody",
    retention: "audit",
    fields: {
      chain: operational,
      position: operational,
      entry_id: operational,
      mac: operational,
      key_version: operational,
      sealed_at: operational,
    },
  }),
];
