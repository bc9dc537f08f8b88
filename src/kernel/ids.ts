import { v7 } from "uuid";
import type { Clock, RandomBytes } from "./clock.ts";

/** Every kind of id in the system, with its prefix. Ids read `<prefix>_<26 characters>` (typeid: a UUIDv7 in Crockford base32). */
export const ID_PREFIXES = {
  organization: "org",
  member: "mem",
  apiKey: "key",
  /** One per request: the generation, its hold and its receipt share it. */
  generation: "gen",
  correction: "cor",
  /** One batch of receipts from an Account object to the ledger. */
  flush: "fls",
  /** What an Account object lets one isolate admit by itself. */
  lease: "lse",
  alert: "alt",
  /** Credit that ran out unused. */
  expiry: "exp",
  ledgerAccount: "acc",
  ledgerTransaction: "txn",
  credit: "crd",
  /** What the Account object and the ledger disagree about, and the posting that closed it. */
  difference: "dif",
  adjustment: "adj",
  /** An adjustment that one operator asks another for. */
  proposal: "prp",
  /** One per request to the control API. */
  request: "req",
  user: "usr",
  session: "ses",
  login: "lgn",
  verification: "ver",
  emailChange: "emc",
  factor: "fac",
  passkey: "psk",
  securityEvent: "sec",
  invitation: "inv",
  managementKey: "mgm",
  deviceLogin: "dvl",
  auditEntry: "aud",
  mail: "mai",
  webhookEndpoint: "whe",
  /** What a webhook tells: the same id for every endpoint and every try. */
  webhookEvent: "evt",
  webhookDelivery: "whd",
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const UUID_BYTES = 16;
const BODY_LENGTH = 26;
const TIME_CHARACTERS = 10;

/** A new id of a kind. Its first 48 bits are the clock's milliseconds, so ids of one kind sort by time. */
export function newId(kind: IdKind, clock: Clock, random: RandomBytes): string {
  const uuid = v7({ msecs: clock.nowMs(), random: random(UUID_BYTES) }, new Uint8Array(UUID_BYTES));
  return `${ID_PREFIXES[kind]}_${encodeBase32(uuid)}`;
}

/** True when the text is a well-formed id of that kind. Says nothing about whether it exists. */
export function isId(kind: IdKind, text: string): boolean {
  const prefix = `${ID_PREFIXES[kind]}_`;
  return text.startsWith(prefix) && /^[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(text.slice(prefix.length));
}

/** The millisecond an id was made at: its UUIDv7 time, the first ten base32 characters. Throws on a malformed id. */
export function idTimeMs(id: string): number {
  const body = id.slice(id.indexOf("_") + 1);
  if (body.length !== BODY_LENGTH) throw new RangeError("malformed id");
  let time = 0;
  for (const character of body.slice(0, TIME_CHARACTERS)) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) throw new RangeError("malformed id");
    time = time * ALPHABET.length + value;
  }
  return time;
}

/** 128 bits as 26 characters of 5 bits; the first carries the two spare zero bits (typeid specification 0.3). */
function encodeBase32(bytes: Uint8Array): string {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let text = "";
  for (let index = 0; index < BODY_LENGTH; index += 1) {
    text = ALPHABET.charAt(Number(value & 31n)) + text;
    value >>= 5n;
  }
  return text;
}
