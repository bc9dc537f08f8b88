export { findLeaked, type LeakedKey, type LeakedKind } from "./find-leaked.ts";
export { readersOfLeak, type LeakReader } from "./readers-of-leak.ts";
export { revokeLeaked } from "./revoke-leaked.ts";
