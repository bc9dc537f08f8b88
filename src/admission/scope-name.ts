import type { KeyRecord } from "./types.ts";

/** The shared scope that every call of an organization counts in. */
export const ORGANIZATION_SCOPE = "organization";

/** What kind of scope a name is of: the word that callers are told. */
export type ScopeKind = "organization" | "member" | "tag";

export const memberScope = (memberId: string): string => `member ${memberId}`;
export const tagScope = (tag: string): string => `tag ${tag}`;

/** The shared scopes that a key's calls count in. */
export function scopeNamesOf({ memberId, tags = [] }: Pick<KeyRecord, "memberId" | "tags">): readonly string[] {
  const member = memberId ? [memberScope(memberId)] : [];
  return [...new Set([ORGANIZATION_SCOPE, ...member, ...tags.map(tagScope)])];
}

export function scopeKind(name: string): ScopeKind {
  if (name === ORGANIZATION_SCOPE) return "organization";
  return name.startsWith("member ") ? "member" : "tag";
}
