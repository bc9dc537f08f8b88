const SAFE_ID = /^[A-Za-z0-9_-]{1,64}$/;
const KEPT_MAXIMUM = 48;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * A call's id as Converse takes it: at most 64 letters, digits, `_` and `-`. Other formats' ids have more, and are told
 * apart by a hash, so that a call and its result agree without a table. Source: Bedrock API reference, ToolUseBlock.
 */
export function safeToolId(id: string): string {
  if (SAFE_ID.test(id)) return id;
  return `${id.slice(0, KEPT_MAXIMUM).replaceAll(/[^A-Za-z0-9_-]/g, "_")}_${fnv1a(id).toString(36)}`;
}

/** FNV-1a with 32 bits, over UTF-16 units. */
function fnv1a(text: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  return hash >>> 0;
}
