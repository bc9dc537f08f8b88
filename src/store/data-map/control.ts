import type { MappedHolding } from "#privacy";
import { apiKey, controlOutbox, organization, priceOverride, providerKey } from "../schema/index.ts";
import { mapTable } from "./map-table.ts";
import {
  accountDetail,
  accountGenerated,
  keyHash,
  keyIdentifier,
  keySetting,
  operational,
  sealedKey,
} from "./rules.ts";

/** Chosen by a member, enforced at every call of the organization or key. */
const policy = {
  data_collection: keySetting,
  zdr: keySetting,
  regions: keySetting,
  providers_only: keySetting,
  providers_ignore: keySetting,
} as const;

export const controlHoldings: readonly MappedHolding[] = [
  mapTable(organization, {
    subjects: ["customer", "member"],
    ownedVia: { column: "id", of: "organization" },
    retention: "account",
    fields: {
      id: accountGenerated,
      name: accountDetail,
      locator: { ...accountGenerated, recipients: ["neon", "cloudflare"] },
      region: { ...accountDetail, recipients: ["neon", "cloudflare"] },
      status: { ...accountGenerated, purposes: ["access_control", "abuse_detection"] },
      ...policy,
      version: operational,
      created_at: accountGenerated,
      updated_at: accountGenerated,
    },
  }),
  mapTable(apiKey, {
    subjects: ["customer", "api_user"],
    ownedVia: { column: "org_id", of: "organization" },
    retention: "account",
    fields: {
      id: keyIdentifier,
      org_id: keyIdentifier,
      name: keySetting,
      prefix: keyIdentifier,
      last_four: keyIdentifier,
      key_hash: keyHash,
      pepper_version: keyHash,
      mode: keySetting,
      status: keySetting,
      scopes: keySetting,
      models: keySetting,
      ip_allow: keySetting,
      expires_at: keySetting,
      requests_per_minute: keySetting,
      tokens_per_minute: keySetting,
      concurrency: keySetting,
      budget_limit_nano: keySetting,
      budget_period: keySetting,
      ...policy,
      guard_secrets: keySetting,
      guard_cards: keySetting,
      version: operational,
      created_at: keyIdentifier,
      updated_at: keyIdentifier,
    },
  }),
  mapTable(providerKey, {
    subjects: ["customer"],
    ownedVia: { column: "org_id", of: "organization" },
    retention: "account",
    fields: {
      org_id: keyIdentifier,
      provider: keySetting,
      mode: keySetting,
      sealed: sealedKey,
      key_version: operational,
      version: operational,
      created_at: keyIdentifier,
      updated_at: keyIdentifier,
    },
  }),
  mapTable(controlOutbox, {
    subjects: ["customer"],
    ownedVia: { column: "org_id", of: "organization" },
    retention: "transient",
    fields: {
      seq: operational,
      org_id: keyIdentifier,
      type: operational,
      // A copy of the key's, organization's or credit's own fields, on the way to the Account object.
      payload: { ...keySetting, export: false },
      created_at: operational,
      applied_at: operational,
      tries: operational,
      next_try_at: operational,
      last_error_code: operational,
    },
  }),
  mapTable(priceOverride, {
    subjects: [],
    ownedVia: "nobody",
    retention: "configuration",
    fields: { version: operational, entries: operational, created_at: operational },
  }),
];
