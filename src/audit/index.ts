export { parseAuditKeys, type AuditKeys } from "./audit-keys.ts";
export { chainOf, PLATFORM_CHAIN, type AuditEntry, type AuditSeal, type ChainHead, type ChainLink } from "./chain.ts";
export { exportEntries, EXPORT_FORMATS, type ExportFormat } from "./export-entries.ts";
export { extendChain, type NewSeal } from "./extend-chain.ts";
export { formatHeads, parseHeads } from "./heads.ts";
export { UNSEALED_GRACE_MS, verifyChain, type ChainFault, type ChainVerdict } from "./verify-chain.ts";
