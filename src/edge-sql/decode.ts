import * as z from "zod/mini";
import {
  ERRORS,
  nanoFromText,
  OPERATIONS,
  USAGE_UNITS,
  type ErrorCode,
  type Price,
  type Receipt,
  type ReceiptCorrection,
  type UsageUnit,
} from "#kernel";
import { correctedReceipt, type UsagePosting } from "#ledger";

const nanoText = z.string().check(z.regex(/^-?\d{1,19}$/));
const integerText = z.string().check(z.regex(/^\d{1,19}$/));
const errorCode = z.custom<ErrorCode>((value) => typeof value === "string" && Object.hasOwn(ERRORS, value));
const units = z.partialRecord(z.enum(USAGE_UNITS), z.int());

const posting = z.object({
  transaction_id: z.string(),
  inserted: z.int(),
  duplicates: z.int(),
  corrected: z.int(),
  cost_nano: nanoText,
  upstream_cost_nano: nanoText,
  repeated: z.boolean(),
});

const end = {
  provider: z.nullable(z.string()),
  endpoint: z.nullable(z.string()),
  kind: z.enum(["measured", "estimated", "unobserved"]),
  units,
  cost_nano: nanoText,
  upstream_cost_nano: nanoText,
  attempts: z.array(
    z.object({
      endpoint: z.string(),
      provider: z.string(),
      status: z.nullable(z.int()),
      code: z.nullable(errorCode),
      duration_ms: z.number(),
    }),
  ),
  outcome: z.enum(["completed", "aborted", "interrupted", "failed", "unobserved"]),
  status: z.int(),
  error_code: z.nullable(errorCode),
  first_byte_ms: z.nullable(z.number()),
  duration_ms: z.number(),
  flags: z.array(z.enum(["over_hold", "over_maximum", "late", "capped", "byok"])),
  guardrails: z.exactOptional(z.record(z.string(), z.int())),
};

const receipt = z.object({
  id: z.string(),
  occurred_at: z.string(),
  mode: z.enum(["live", "test"]),
  operation: z.enum(OPERATIONS),
  streamed: z.boolean(),
  model: z.string(),
  price_version: z.string(),
  org_id: z.string(),
  key_id: z.string(),
  held_nano: nanoText,
  ...end,
});

const correction = z.object({
  id: z.string(),
  occurred_at: z.string(),
  receipt_id: z.string(),
  receipt_occurred_at: z.string(),
  org_id: z.string(),
  cost_delta_nano: nanoText,
  upstream_cost_delta_nano: nanoText,
  end: z.object({ ...end, model: z.exactOptional(z.string()) }),
});

const generation = z.object({ transaction_id: z.string(), receipt, corrections: z.array(correction) });

const DAY_MS = 86_400_000;
const timeOfDayMs = z.int().check(z.gte(0), z.lte(DAY_MS));

// Strict throughout: a member that is not known here would change what a price means, and must not be dropped silently.
const price = z.strictObject({ pico: integerText, per: integerText.check(z.regex(/[1-9]/)) });
const source = z.nullable(z.strictObject({ url: z.string(), checked: z.string() }));
const tiered = z.strictObject({
  base: price,
  tiers: z.array(z.strictObject({ fromInputTokens: z.int(), price })),
});
const instant = z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text))));
const overrides = z.strictObject({
  version: z.int(),
  entries: z.array(
    z.strictObject({
      endpoint: z.string(),
      dated: z.strictObject({
        from: z.nullable(instant),
        daily: z.optional(z.strictObject({ fromMs: timeOfDayMs, untilMs: timeOfDayMs })),
        prices: z.partialRecord(z.enum(USAGE_UNITS), tiered),
        source,
      }),
    }),
  ),
});

const stops = z.strictObject({ version: z.int(), targets: z.array(z.string()) });
const both = z.strictObject({ prices: z.unknown(), stops: z.unknown() });

/** A recorded receipt as it stands after its corrections, with what it came from. */
export interface StoredGeneration {
  readonly receipt: Receipt;
  readonly corrections: readonly ReceiptCorrection[];
  readonly transactionId: string;
}

/** Structurally the catalogue's PriceOverrides, which this module may not import. */
export interface PriceOverrideSet {
  readonly version: number;
  readonly entries: readonly {
    readonly endpoint: string;
    readonly dated: {
      readonly from: string | null;
      readonly daily?: { readonly fromMs: number; readonly untilMs: number } | undefined;
      readonly prices: Readonly<Partial<Record<UsageUnit, OverridePrice>>>;
      readonly source: { readonly url: string; readonly checked: string } | null;
    };
  }[];
}

export interface OverridePrice {
  readonly base: Price;
  readonly tiers: readonly { readonly fromInputTokens: number; readonly price: Price }[];
}

/** Each decoder answers null for text that is not what its function answers. */
export function decodePosting(text: string): UsagePosting | null {
  const parsed = posting.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const { transaction_id, cost_nano, upstream_cost_nano, ...counts } = parsed.data;
  return {
    ...counts,
    transactionId: transaction_id,
    costNano: nanoFromText(cost_nano),
    upstreamCostNano: nanoFromText(upstream_cost_nano),
  };
}

export function decodeGeneration(text: string): StoredGeneration | null {
  const parsed = generation.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const { receipt: recorded, corrections, transaction_id: transactionId } = parsed.data;
  return { receipt: correctedReceipt(recorded, corrections), corrections, transactionId };
}

export interface ProviderStopSet {
  readonly version: number;
  /** Names of providers, and ids of endpoints. */
  readonly targets: readonly string[];
}

/** Each null where nothing newer came, or where what came is not believed: the other is used all the same. */
export interface OverrideSets {
  readonly prices: PriceOverrideSet | null;
  readonly stops: ProviderStopSet | null;
  readonly isMalformed: boolean;
}

export function decodeOverrides(text: string): OverrideSets | null {
  const parsed = both.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const prices = parsed.data.prices === null ? null : decodePriceOverrides(parsed.data.prices);
  const stopped = parsed.data.stops === null ? null : stops.safeParse(parsed.data.stops);
  return {
    prices,
    stops: stopped?.data ?? null,
    isMalformed: (prices === null && parsed.data.prices !== null) || stopped?.success === false,
  };
}

/** A set as the database has it; null where a price of it is none. */
export function decodePriceOverrides(value: unknown): PriceOverrideSet | null {
  const parsed = overrides.safeParse(value);
  if (!parsed.success) return null;
  return {
    version: parsed.data.version,
    entries: parsed.data.entries.map(({ endpoint, dated }) => ({
      endpoint,
      dated: { ...dated, prices: decodePrices(dated.prices) },
    })),
  };
}

function decodePrices(prices: Partial<Record<UsageUnit, z.infer<typeof tiered>>>) {
  const decoded: Partial<Record<UsageUnit, OverridePrice>> = {};
  for (const unit of USAGE_UNITS) {
    const found = prices[unit];
    if (found === undefined) continue;
    decoded[unit] = {
      base: decodePrice(found.base),
      tiers: found.tiers.map((tier) => ({ fromInputTokens: tier.fromInputTokens, price: decodePrice(tier.price) })),
    };
  }
  return decoded;
}

function decodePrice({ pico, per }: z.infer<typeof price>): Price {
  return { pico: BigInt(pico), per: BigInt(per) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
