export { KEY_PATTERN, type Region } from "./format.ts";
export { mintKey, newLocator, type MintedKey } from "./mint-key.ts";
export { parsePeppers, type Peppers } from "./peppers.ts";
export { SCOPES, type Scope } from "./scopes.ts";
export { verifyKey, type KeyVerdict, type VerifiedKey } from "./verify-key.ts";
