export { KEY_PATTERN, type Region } from "./format.ts";
export { hashIdempotencyKey, IDEMPOTENCY_KEY_CHARACTERS_MAX } from "./idempotency-hash.ts";
export { hashCode, makeDeviceCode, makeUserCode, normaliseUserCode } from "./device-codes.ts";
export { MANAGEMENT_KEY_PATTERN, mintManagementKey, verifyManagementKey } from "./management-key.ts";
export { mintKey, newLocator, type MintedKey } from "./mint-key.ts";
export { parsePeppers, type Peppers } from "./peppers.ts";
export { SCOPES, type Scope } from "./scopes.ts";
export { verifyKey, type KeyVerdict, type VerifiedKey } from "./verify-key.ts";
export { openSealed, PLAINTEXT_BYTES_MAX, seal, type SealContext, type SealedBox } from "./sealed-box.ts";
export {
  makeOpeningKey,
  parseOpeningKeys,
  parseSealingKey,
  type OpeningKeys,
  type SealingKey,
} from "./sealing-keys.ts";
