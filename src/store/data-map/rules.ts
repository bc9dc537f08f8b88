import type { FieldRule, Purpose } from "#privacy";

/** The kinds of field that occur again and again. Each is one answer to: what is it, why, on what basis, until when. */

/** Our own bookkeeping about nobody: versions, states of delivery, technical times. */
export const operational: FieldRule = {
  category: "operational",
  origin: "generated",
  purposes: ["maintenance"],
  basis: "none",
  recipients: ["neon"],
  clause: "2",
  export: false,
  erase: "keep",
};

/** Details of the organization and of its settings, as its members gave them. */
export const accountDetail: FieldRule = {
  category: "account",
  origin: "provided",
  purposes: ["authentication", "access_control"],
  basis: "contract",
  recipients: ["neon"],
  clause: "2a",
  export: true,
  erase: "delete",
};

export const accountGenerated: FieldRule = { ...accountDetail, origin: "generated" };

/** What a key may do: chosen by a member, enforced at admission, so the Account object has it too. */
export const keySetting: FieldRule = {
  category: "usage",
  origin: "provided",
  purposes: ["access_control", "quota_enforcement"],
  basis: "contract",
  recipients: ["neon", "cloudflare"],
  clause: "2c",
  export: true,
  erase: "delete",
};

export const keyIdentifier: FieldRule = { ...keySetting, origin: "generated", purposes: ["authentication"] };

/** Hashes of keys never leave, not even to the person whose keys they are. */
export const keyHash: FieldRule = { ...keyIdentifier, export: false };

/** An organization's own key at a provider, sealed so that only the gateway opens it. Never exported, gone when removed. */
export const sealedKey: FieldRule = { ...keySetting, purposes: ["routing"], export: false };

/** Money facts: kept for the statutory time by opaque ids alone. */
export const money = (purpose: Purpose = "wallet_settlement"): FieldRule => ({
  category: "billing",
  origin: "generated",
  purposes: [purpose, "legal_compliance"],
  basis: "legal_obligation",
  recipients: ["neon"],
  clause: "2b",
  export: true,
  erase: "pseudonymise",
});

/** Facts about one call: never what was said in it. */
export const usage = (purpose: Purpose = "wallet_settlement"): FieldRule => ({
  category: "usage",
  origin: "generated",
  purposes: [purpose],
  basis: "contract",
  recipients: ["neon", "cloudflare"],
  clause: "2c",
  export: true,
  erase: "pseudonymise",
});

/** What the upstream provider told us about a call: its own figures and states. */
export const received = (purpose: Purpose = "wallet_settlement"): FieldRule => ({
  ...usage(purpose),
  origin: "received",
});

/** The same facts where they rest in the Account object alone. */
export const inObject = (rule: FieldRule): FieldRule => ({ ...rule, recipients: ["cloudflare"] });

/** What a person says of themselves. */
export const personDetail: FieldRule = { ...accountDetail, purposes: ["authentication", "communications"] };

/** What our own side makes of a person's account: ids, states, times. */
export const personGenerated: FieldRule = { ...personDetail, origin: "generated", purposes: ["authentication"] };

/** Hashes, sealed secrets and public keys that prove who somebody is: never exported. */
export const credential: FieldRule = { ...personGenerated, export: false };

/** Chosen in the preferences. */
export const preference: FieldRule = {
  ...personDetail,
  category: "device",
  purposes: ["communications"],
  clause: "2e",
};

/** From where something was done. */
export const device: FieldRule = {
  category: "device",
  origin: "generated",
  purposes: ["authentication", "fraud_prevention", "abuse_detection"],
  basis: "legitimate_interests",
  recipients: ["neon"],
  clause: "2e",
  export: true,
  erase: "delete",
};

/** Who did what: kept by opaque ids, so that the log still verifies when the person is gone. */
export const audited: FieldRule = {
  category: "account",
  origin: "generated",
  purposes: ["access_control", "fraud_prevention"],
  basis: "legitimate_interests",
  recipients: ["neon"],
  clause: "10",
  export: true,
  erase: "pseudonymise",
};

/** A message to a person, and where it went. */
export const mailed: FieldRule = {
  ...personDetail,
  origin: "generated",
  purposes: ["communications"],
  recipients: ["neon", "email_provider"],
};
