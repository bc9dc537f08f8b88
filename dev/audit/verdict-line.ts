import type { ChainVerdict } from "#audit";

/** What an operator reads of one chain. */
export function verdictLine(verdict: ChainVerdict): string {
  const { chain, sealed } = verdict;
  if (verdict.ok) return `${chain}  verified  ${sealed} sealed`;
  const { kind, position, entryId } = verdict.fault;
  const at = position === null ? "" : ` at ${position}`;
  const which = entryId === null ? "" : ` of ${entryId}`;
  return `${chain}  BROKEN  ${kind}${at}${which}, ${sealed} sealed before it`;
}
