import { z } from "zod";
import { BUDGET_PERIODS, type AccountEvent } from "#admission";
import { nanoFromText } from "#kernel";
import { SCOPES } from "#keys";

const nano = z
  .string()
  .regex(/^-?\d{1,19}$/)
  .transform((text) => nanoFromText(text));
const version = z.int().positive();
const limit = z.int().positive().nullable();

const organizationEvent = z.strictObject({
  type: z.literal("organization"),
  version,
  organization: z.strictObject({ id: z.string(), status: z.enum(["active", "suspended"]) }),
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
  }),
});

const creditEvent = z.strictObject({ type: z.literal("credit"), entryId: z.string(), amountNano: nano });

const accountEvent = z.discriminatedUnion("type", [organizationEvent, keyEvent, creditEvent]);

/** Reads an outbox payload. Null when it is no event that this version knows in full: a later one may. */
export function decodeAccountEvent(payload: unknown): AccountEvent | null {
  const parsed = accountEvent.safeParse(payload);
  return parsed.success ? parsed.data : null;
}
