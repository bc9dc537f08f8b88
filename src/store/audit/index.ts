export { appendSeals, readHead } from "./append-seals.ts";
export { readChain, readChains } from "./read-chain.ts";
export { readEntries } from "./read-entries.ts";
export { countOverdue, findOverdue, readUnsealed, type Sweep } from "./read-unsealed.ts";
