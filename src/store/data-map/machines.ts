import type { MappedHolding } from "#privacy";
import { deviceLogin, managementKey } from "../schema/index.ts";
import { mapTable } from "./map-table.ts";
import { accountDetail, accountGenerated, credential, device, operational } from "./rules.ts";

const OF_ORGANIZATION = { column: "org_id", of: "organization" } as const;
const accessSetting = { ...accountDetail, purposes: ["access_control"] } as const;

export const machineHoldings: readonly MappedHolding[] = [
  mapTable(managementKey, {
    subjects: ["customer", "member"],
    ownedVia: OF_ORGANIZATION,
    retention: "account",
    fields: {
      id: accountGenerated,
      org_id: accountGenerated,
      name: accessSetting,
      prefix: accountGenerated,
      last_four: accountGenerated,
      key_hash: credential,
      pepper_version: credential,
      permissions: accessSetting,
      created_by: accountGenerated,
      created_at: accountGenerated,
      expires_at: accessSetting,
      revoked_at: accountGenerated,
      last_used_at: accountGenerated,
    },
  }),
  mapTable(deviceLogin, {
    subjects: ["member"],
    ownedVia: OF_ORGANIZATION,
    retention: "session",
    fields: {
      id: accountGenerated,
      device_code_hash: credential,
      user_code_hash: credential,
      client_name: accessSetting,
      permissions: accessSetting,
      ip_address: device,
      status: accountGenerated,
      org_id: accountGenerated,
      member_id: accountGenerated,
      interval_seconds: operational,
      polled_at: operational,
      expires_at: accountGenerated,
      created_at: accountGenerated,
      answered_at: accountGenerated,
    },
  }),
];
