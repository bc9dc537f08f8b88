import type {
  CreditRow,
  EndedRow,
  HoldRow,
  IdempotencyRow,
  KeyRow,
  KeyWindowRow,
  LeaseRow,
  MetaRow,
  OutboxRow,
  ProviderKeyRow,
  RetiredKeyRow,
  ScopeRow,
} from "#admission";
import type { MappedHolding } from "#privacy";
import { mapObjectRows } from "./map-table.ts";
import { inObject, keyHash, keyIdentifier, keySetting, money, operational, sealedKey, usage } from "./rules.ts";

const ofOrganization = { column: "organization", of: "organization" } as const;
const technical = inObject(operational);
const fact = inObject(usage());
/** Hashes that help nobody but us. */
const hidden = { ...fact, export: false };

/** What the Account object keeps: one object is one organization, so every row belongs to it. */
export const accountObjectHoldings: readonly MappedHolding[] = [
  mapObjectRows<MetaRow>("meta", {
    subjects: ["customer"],
    ownedVia: ofOrganization,
    retention: "account",
    fields: {
      name: technical,
      version: technical,
      organization: inObject(keyIdentifier),
      balance_nano: inObject(money()),
      lots: inObject(money()),
      taken: inObject(money()),
      next_outbox_seq: technical,
      counters: technical,
      queue: technical,
    },
  }),
  mapObjectRows<KeyRow>("key_record", {
    subjects: ["customer", "api_user"],
    ownedVia: ofOrganization,
    retention: "account",
    fields: {
      hash: inObject(keyHash),
      version: technical,
      revoked_at_ms: inObject(keySetting),
      record: inObject(keySetting),
      budget: inObject(keySetting),
      spend: inObject(usage("quota_enforcement")),
      previous_spend: inObject(usage("quota_enforcement")),
      alerted: technical,
    },
  }),
  mapObjectRows<ScopeRow>("budget_scope", {
    subjects: ["customer", "api_user"],
    ownedVia: ofOrganization,
    retention: "account",
    fields: {
      name: inObject(keySetting),
      version: technical,
      limits: inObject(keySetting),
      spend: inObject(usage("quota_enforcement")),
      previous_spend: inObject(usage("quota_enforcement")),
      alerted: technical,
    },
  }),
  mapObjectRows<RetiredKeyRow>("retired_key", {
    subjects: ["api_user"],
    ownedVia: ofOrganization,
    retention: "account",
    fields: { hash: inObject(keyHash) },
  }),
  mapObjectRows<ProviderKeyRow>("provider_key", {
    subjects: ["customer"],
    ownedVia: ofOrganization,
    retention: "account",
    fields: { provider: inObject(keySetting), version: technical, sealed_key: inObject(sealedKey) },
  }),
  mapObjectRows<HoldRow>("hold", {
    subjects: ["api_user"],
    ownedVia: ofOrganization,
    retention: "in_flight",
    fields: {
      id: fact,
      key_hash: inObject(keyHash),
      held_nano: fact,
      max_cost_nano: fact,
      tokens: inObject(usage("quota_enforcement")),
      output_tokens: fact,
      admitted_at_ms: fact,
      deadline_at_ms: technical,
      window_second: technical,
      is_late: technical,
      periods: technical,
      scopes: inObject(keySetting),
      idempotency_hash: hidden,
      draft: fact,
      checkpoint: fact,
    },
  }),
  mapObjectRows<LeaseRow>("lease", {
    subjects: ["api_user"],
    ownedVia: ofOrganization,
    retention: "in_flight",
    fields: {
      id: technical,
      key_hash: inObject(keyHash),
      nano: inObject(usage("quota_enforcement")),
      requests: inObject(usage("quota_enforcement")),
      tokens: inObject(usage("quota_enforcement")),
      slots: inObject(usage("quota_enforcement")),
      expires_at_ms: technical,
      deadline_at_ms: technical,
      periods: technical,
      scopes: inObject(keySetting),
    },
  }),
  mapObjectRows<EndedRow>("ended", {
    subjects: ["api_user"],
    ownedVia: ofOrganization,
    retention: "in_flight",
    fields: { id: fact, ended_at_ms: fact, cost_nano: fact, swept: fact },
  }),
  mapObjectRows<IdempotencyRow>("idempotency", {
    subjects: ["api_user"],
    ownedVia: ofOrganization,
    retention: "in_flight",
    fields: { name: hidden, receipt_id: fact, ended_at_ms: fact },
  }),
  mapObjectRows<OutboxRow>("outbox", {
    subjects: ["api_user", "customer"],
    ownedVia: ofOrganization,
    retention: "transient",
    fields: { seq: technical, id: fact, enqueued_at_ms: technical, set_aside: technical, item: usage() },
  }),
  mapObjectRows<CreditRow>("credit", {
    subjects: ["customer"],
    ownedVia: ofOrganization,
    retention: "account",
    fields: { entry_id: inObject(money()), amount_nano: inObject(money()) },
  }),
  mapObjectRows<KeyWindowRow>("key_window", {
    subjects: ["api_user"],
    ownedVia: ofOrganization,
    retention: "in_flight",
    fields: {
      key_hash: inObject(keyHash),
      second: inObject(usage("quota_enforcement")),
      requests: inObject(usage("quota_enforcement")),
      tokens: inObject(usage("quota_enforcement")),
    },
  }),
];
