import { z } from "@hono/zod-openapi";
import { AppError, formatUsd, nanoUsd, parseUsd } from "#kernel";
import { SCOPES } from "#keys";
import type { KeyChanges, KeyView } from "#store";
import { allowedAddresses, allowedModels, idOf, instant, isoOrNull, name, usd } from "../../schemas.ts";

const TAGS_MAX = 8;
const LIMIT_MAX = 2_147_483_647;
const limit = z.number().int().min(1).max(LIMIT_MAX).nullable();
const PERIODS = ["day", "week", "month", "total"] as const;

/** What can be set of a key, when it is made and later. */
export const keySettings = {
  name,
  scopes: z.array(z.enum(SCOPES)).min(1),
  models: allowedModels,
  ip_allow: allowedAddresses,
  expires_at: instant.nullable(),
  requests_per_minute: limit,
  tokens_per_minute: limit,
  concurrency: limit,
  budget: z.strictObject({ limit_usd: usd, period: z.enum(PERIODS) }).nullable(),
  strict: z.boolean(),
  tags: z.array(z.string().regex(/^[a-z0-9][a-z0-9_.:-]{0,63}$/, "is no tag")).max(TAGS_MAX),
} as const;

export const keyShape = {
  id: idOf("apiKey"),
  name: z.string(),
  prefix: z.string(),
  last_four: z.string(),
  mode: z.enum(["live", "test"]),
  status: z.enum(["active", "disabled", "revoked"]),
  scopes: z.array(z.string()),
  models: z.array(z.string()).nullable(),
  ip_allow: z.array(z.string()).nullable(),
  expires_at: instant.nullable(),
  requests_per_minute: z.number().nullable(),
  tokens_per_minute: z.number().nullable(),
  concurrency: z.number().nullable(),
  budget: z.strictObject({ limit_usd: z.string(), period: z.enum(PERIODS) }).nullable(),
  strict: z.boolean(),
  member_id: z.string().nullable(),
  tags: z.array(z.string()),
  created_at: instant,
} as const;

/** A key as members see it. The key itself was shown once, when it was made. */
export function describeKey(key: KeyView) {
  const { budgetLimitNano, budgetPeriod } = key;
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    last_four: key.lastFour,
    mode: key.mode,
    status: key.status,
    scopes: key.scopes,
    models: key.models,
    ip_allow: key.ipAllow,
    expires_at: isoOrNull(key.expiresAt),
    requests_per_minute: key.requestsPerMinute,
    tokens_per_minute: key.tokensPerMinute,
    concurrency: key.concurrency,
    budget:
      budgetLimitNano === null || budgetPeriod === null
        ? null
        : { limit_usd: formatUsd(nanoUsd(budgetLimitNano)), period: budgetPeriod },
    strict: key.strict,
    member_id: key.memberId,
    tags: key.tags,
    created_at: key.createdAt.toISOString(),
  };
}

type Settings = { readonly [Name in keyof typeof keySettings]?: z.output<(typeof keySettings)[Name]> | undefined };

/** The settings as columns; what was not sent stays as it is. */
export function columnsOf(settings: Settings, nowMs: number): KeyChanges {
  const { budget, expires_at: expiresAt } = settings;
  if (expiresAt !== undefined && expiresAt !== null && Date.parse(expiresAt) <= nowMs)
    throw new AppError("invalid_parameter", {
      param: "expires_at",
      params: { param: "expires_at", reason: "is past." },
    });
  return {
    name: settings.name,
    scopes: settings.scopes,
    models: settings.models,
    ipAllow: settings.ip_allow,
    expiresAt: expiresAt === undefined || expiresAt === null ? expiresAt : new Date(expiresAt),
    requestsPerMinute: settings.requests_per_minute,
    tokensPerMinute: settings.tokens_per_minute,
    concurrency: settings.concurrency,
    budgetLimitNano: budget === undefined || budget === null ? budget : parseUsd(budget.limit_usd),
    budgetPeriod: budget === undefined || budget === null ? budget : budget.period,
    strict: settings.strict,
    tags: settings.tags,
  };
}
