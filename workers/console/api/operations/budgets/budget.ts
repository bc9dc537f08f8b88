import { z } from "@hono/zod-openapi";
import { BUDGET_PERIODS, isTag, memberScope, ORGANIZATION_SCOPE, tagScope } from "#admission";
import { formatUsd, ID_PREFIXES, isId, nanoUsd, parseUsd } from "#kernel";
import type { ScopeBudget } from "#store";
import { usd } from "../../schemas.ts";

const TAG_PREFIX = "tag:";
const MEMBER_PREFIX = `${ID_PREFIXES.member}_`;

/** Whose calls count: `organization`, a member's id, or `tag:` and a tag. */
export const budgetScope = z
  .string()
  .refine(isScope, "is neither 'organization', a member's id nor 'tag:' and a tag")
  .openapi({ example: "tag:team-search" });

function isScope(text: string): boolean {
  return text === ORGANIZATION_SCOPE || isId("member", text) || (text.startsWith(TAG_PREFIX) && isTag(tagOf(text)));
}

const tagOf = (text: string): string => text.slice(TAG_PREFIX.length);

/** As src/admission names it. */
export function scopeName(scope: string): string {
  if (scope === ORGANIZATION_SCOPE) return ORGANIZATION_SCOPE;
  return scope.startsWith(TAG_PREFIX) ? tagScope(tagOf(scope)) : memberScope(scope);
}

/** As the API names what src/admission names so: of a key by its id, as of a member. */
export function describeScope(name: string): string {
  const [kind, of = ""] = name.split(" ");
  return kind === "tag" ? `${TAG_PREFIX}${of}` : of === "" ? ORGANIZATION_SCOPE : of;
}

/** The member that a scope is of; null where it is of none. */
export const memberOf = (scope: string): string | null => (scope.startsWith(MEMBER_PREFIX) ? scope : null);

export const budgetLimits = z
  .array(z.strictObject({ period: z.enum(BUDGET_PERIODS), limit_usd: usd }))
  .max(BUDGET_PERIODS.length)
  .refine((limits) => new Set(limits.map(({ period }) => period)).size === limits.length, "holds a period twice");

export const budgetShape = {
  scope: budgetScope,
  limits: z.array(z.strictObject({ period: z.enum(BUDGET_PERIODS), limit_usd: z.string() })),
} as const;

export const limitsOf = (limits: z.output<typeof budgetLimits>): ScopeBudget["limits"] =>
  limits.map(({ period, limit_usd }) => ({ period, limitNano: parseUsd(limit_usd) ?? nanoUsd(0n) }));

export const describeBudget = ({ scope, limits }: ScopeBudget) => ({
  scope: describeScope(scope),
  limits: limits.map(({ period, limitNano }) => ({ period, limit_usd: formatUsd(limitNano) })),
});
