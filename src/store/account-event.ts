import { z } from "zod";
import { BUDGET_PERIODS, OWN_KEY_MODES, type AccountEvent } from "#admission";
import { GUARDRAIL_ACTIONS, nanoFromText } from "#kernel";
import { SCOPES } from "#keys";

const nano = z
  .string()
  .regex(/^-?\d{1,19}$/)
  .transform((text) => nanoFromText(text));
const version = z.int().positive();
const limit = z.int().positive().nullable();

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
  organization: z.strictObject({ id: z.string(), status: z.enum(["active", "suspended"]), policy }),
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
    budget: z.strictObject({ limitNano: nano, period: z.enum(BUDGET_PERIODS) }).nullable(),
    policy,
    guardrails: z.strictObject({ secrets: guardrail, cards: guardrail }).nullable().default(null),
  }),
});

const providerKeyEvent = z.strictObject({
  type: z.literal("provider_key"),
  version,
  provider: z.string(),
  key: z.strictObject({ sealed: z.string(), keyVersion: z.string(), mode: z.enum(OWN_KEY_MODES) }).nullable(),
});

const creditEvent = z.strictObject({ type: z.literal("credit"), entryId: z.string(), amountNano: nano });

const accountEvent = z.discriminatedUnion("type", [organizationEvent, keyEvent, providerKeyEvent, creditEvent]);

/** Reads an outbox payload. Null when it is no event that this version knows in full: a later one may. */
export function decodeAccountEvent(payload: unknown): AccountEvent | null {
  const parsed = accountEvent.safeParse(payload);
  return parsed.success ? parsed.data : null;
}
