import { z } from "zod";
import { BUDGET_PERIODS, isScopeName, isTag, isTimeZone, OWN_KEY_MODES, TAGS_MAX, type AccountEvent } from "#admission";
import { GUARDRAIL_ACTIONS, isId, nanoFromText } from "#kernel";
import { SCOPES } from "#keys";

const nano = z
  .string()
  .regex(/^-?\d{1,19}$/)
  .transform((text) => nanoFromText(text));
const version = z.int().positive();
const limit = z.int().positive().nullable();

const amountAboveZero = nano.refine((amount) => amount > 0n);
const budgetLimit = z.strictObject({ limitNano: nano.refine((limit) => limit >= 0n), period: z.enum(BUDGET_PERIODS) });

const names = z.array(z.string()).nullable();
const guardrail = z.enum(GUARDRAIL_ACTIONS);
// Absent in events that were written before the database knew it.
const policy = z
  .strictObject({
    dataCollection: z.literal("deny").nullable(),
    zdr: z.boolean(),
    regions: names,
    providersOnly: names,
    providersIgnore: names,
  })
  .nullable()
  .default(null);

const organizationEvent = z.strictObject({
  type: z.literal("organization"),
  version,
  organization: z
    .strictObject({
      id: z.string(),
      status: z.enum(["active", "suspended"]),
      policy,
      models: names.default(null),
      ipAllow: names.default(null),
      strict: z.boolean().default(false),
      timeZone: z.string().default("UTC"),
    })
    // A zone that this runtime does not know would fail every admission. Postgres may know it: then the one before stays,
    // rather than that the organization could not be suspended any more.
    .transform(({ timeZone, ...rest }) => (isTimeZone(timeZone) ? { ...rest, timeZone } : rest)),
});

const keyEvent = z.strictObject({
  type: z.literal("key"),
  version,
  key: z.strictObject({
    id: z.string(),
    hash: z.string(),
    mode: z.enum(["live", "test"]),
    status: z.enum(["active", "disabled", "revoked"]),
    scopes: z.array(z.enum(SCOPES)),
    models: z.array(z.string()).nullable(),
    ipAllow: z.array(z.string()).nullable(),
    expiresAtMs: z.int().nullable(),
    requestsPerMinute: limit,
    tokensPerMinute: limit,
    concurrency: limit,
    budget: budgetLimit.nullable(),
    memberId: z
      .string()
      .refine((id) => isId("member", id))
      .nullable()
      .default(null),
    tags: z.array(z.string().refine(isTag)).max(TAGS_MAX).default([]),
    policy,
    guardrails: z.strictObject({ secrets: guardrail, cards: guardrail }).nullable().default(null),
    strict: z.boolean().default(false),
  }),
});

const providerKeyEvent = z.strictObject({
  type: z.literal("provider_key"),
  version,
  provider: z.string(),
  key: z.strictObject({ sealed: z.string(), keyVersion: z.string(), mode: z.enum(OWN_KEY_MODES) }).nullable(),
});

const budgetEvent = z.strictObject({
  type: z.literal("budget"),
  version,
  scope: z.string().refine(isScopeName),
  // At most one of each period: two would be two limits of which one is not meant.
  limits: z.array(budgetLimit).refine((limits) => new Set(limits.map(({ period }) => period)).size === limits.length),
});

// Priority and end are absent in events that were written before the database knew them: then it is as it was then.
const creditEvent = z.strictObject({
  type: z.literal("credit"),
  entryId: z.string(),
  amountNano: amountAboveZero,
  priority: z.int().min(0).exactOptional(),
  expiresAtMs: z.int().positive().nullable().exactOptional(),
});

const adjustmentEvent = z.strictObject({ type: z.literal("adjustment"), entryId: z.string(), amountNano: nano });

const accountEvent = z.discriminatedUnion("type", [
  organizationEvent,
  keyEvent,
  providerKeyEvent,
  budgetEvent,
  creditEvent,
  adjustmentEvent,
]);

/** Reads an outbox payload. Null when it is no event that this version knows in full: a later one may. */
export function decodeAccountEvent(payload: unknown): AccountEvent | null {
  const parsed = accountEvent.safeParse(payload);
  return parsed.success ? parsed.data : null;
}
