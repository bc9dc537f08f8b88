export { readersOfLeak, type LeakReader } from "./readers-of-leak.ts";
export { revokeLeaked, type LeakedKey, type LeakedKind } from "./revoke-leaked.ts";
