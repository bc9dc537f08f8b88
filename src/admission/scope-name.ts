import { isId } from "#kernel";
import type { KeyRecord } from "./control-types.ts";

/** Tags of one key. */
export const TAGS_MAX = 8;
const TAG_FORM = /^[a-z0-9][a-z0-9_.:-]{0,63}$/;
const MEMBER_PREFIX = "member ";
const TAG_PREFIX = "tag ";

/** The shared scope that every call of an organization counts in. */
export const ORGANIZATION_SCOPE = "organization";

/** What kind of scope a name is of: the word that callers are told. */
export type ScopeKind = "organization" | "member" | "tag";

export const memberScope = (memberId: string): string => `${MEMBER_PREFIX}${memberId}`;
export const tagScope = (tag: string): string => `${TAG_PREFIX}${tag}`;

export const isTag = (text: string): boolean => TAG_FORM.test(text);

/** True for the name of a scope that several keys may share; says nothing about whether any does. */
export function isScopeName(text: string): boolean {
  if (text.startsWith(MEMBER_PREFIX)) return isId("member", text.slice(MEMBER_PREFIX.length));
  if (text.startsWith(TAG_PREFIX)) return isTag(text.slice(TAG_PREFIX.length));
  return text === ORGANIZATION_SCOPE;
}

/** The shared scopes that a key's calls count in. */
export function scopeNamesOf({ memberId, tags = [] }: Pick<KeyRecord, "memberId" | "tags">): readonly string[] {
  const member = memberId ? [memberScope(memberId)] : [];
  return [...new Set([ORGANIZATION_SCOPE, ...member, ...tags.map(tagScope)])];
}

export function scopeKind(name: string): ScopeKind {
  if (name === ORGANIZATION_SCOPE) return "organization";
  return name.startsWith(MEMBER_PREFIX) ? "member" : "tag";
}
