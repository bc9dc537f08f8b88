import { z } from "@hono/zod-openapi";
import { unknownEndpoints, type PriceChange, type PriceOverrides, type TieredPrice } from "#catalog";
import { decodePriceOverrides } from "#edge-sql";
import { AppError, USAGE_UNITS } from "#kernel";
import { instant } from "../../schemas.ts";

const ENTRIES_MAX = 200;
const TIERS_MAX = 8;
const DAY_MS = 86_400_000;
const PICO_DIGITS = 12;

const price = {
  usd: z
    .string()
    .regex(/^\d{1,6}(?:\.\d{1,12})?$/, "is no price in USD like '1.25'")
    .openapi({ example: "1.25" }),
  per: z.int().min(1).max(1_000_000_000).openapi({ example: 1_000_000 }),
} as const;
const tokens = z.int().min(1).max(100_000_000);
const tiered = z.strictObject({
  ...price,
  tiers: z
    .array(z.strictObject({ from_input_tokens: tokens, ...price }))
    .max(TIERS_MAX)
    .optional(),
});
const timeOfDay = z.int().min(0).max(DAY_MS);

/** One endpoint's prices from an instant on; its units replace all that the catalogue has. None at all closes the endpoint. */
const priceEntry = z.strictObject({
  endpoint: z.string().min(1).max(200),
  from: instant.nullable(),
  daily: z.strictObject({ from_ms: timeOfDay, until_ms: timeOfDay }).optional(),
  prices: z.partialRecord(z.enum(USAGE_UNITS), tiered),
  source: z.strictObject({ url: z.url(), checked: z.iso.date() }).nullable(),
});

/** All that operators set over the catalogue's prices: what is not among them goes back to the catalogue's. */
export const priceEntries = z.array(priceEntry).max(ENTRIES_MAX);
type Entries = z.output<typeof priceEntries>;

/** As the database keeps them and the gateway decodes them. Throws `invalid_parameter` for an endpoint that there is none of. */
export function storedEntries(entries: Entries): readonly unknown[] {
  const stored = entries.map(({ endpoint, from, daily, prices, source }) => ({
    endpoint,
    dated: {
      from,
      ...(daily && { daily: { fromMs: daily.from_ms, untilMs: daily.until_ms } }),
      prices: Object.fromEntries(Object.entries(prices).map(([unit, one]) => [unit, storedPrice(one)])),
      source,
    },
  }));
  const [unknown] = unknownEndpoints(overridesOf(0, stored));
  if (unknown !== undefined) {
    const params = { param: "entries", reason: `names '${unknown.slice(0, 64)}', which is no endpoint` };
    throw new AppError("invalid_parameter", { param: "entries", params });
  }
  return stored;
}

/** Stored entries as routing and pricing have them. Throws where the gateway would not believe them. */
export function overridesOf(version: number, entries: unknown): PriceOverrides {
  const set = decodePriceOverrides({ version, entries });
  if (set === null)
    throw new AppError("not_possible", { params: { reason: "the gateway would not believe these prices." } });
  return set;
}

function storedPrice({ usd, per, tiers = [] }: z.output<typeof tiered>) {
  return {
    base: { pico: picoText(usd), per: String(per) },
    tiers: tiers.map((tier) => ({
      fromInputTokens: tier.from_input_tokens,
      price: { pico: picoText(tier.usd), per: String(tier.per) },
    })),
  };
}

function picoText(usd: string): string {
  const [whole = "0", decimals = ""] = usd.split(".");
  return BigInt(`${whole}${decimals.padEnd(PICO_DIGITS, "0")}`).toString();
}

const shownPrice = z.strictObject({
  usd: z.string(),
  per: z.number(),
  tiers: z.array(z.strictObject({ from_input_tokens: z.number(), usd: z.string(), per: z.number() })),
});

export const changeShape = {
  endpoint: z.string(),
  model: z.string(),
  at: instant,
  unit: z.string(),
  before: shownPrice.nullable(),
  after: shownPrice.nullable(),
  list: shownPrice.nullable(),
  below_list: z.boolean(),
} as const;

export const describeChange = (change: PriceChange) => ({
  endpoint: change.endpoint,
  model: change.model,
  at: new Date(change.atMs).toISOString(),
  unit: change.unit,
  before: showPrice(change.before),
  after: showPrice(change.after),
  list: showPrice(change.list),
  below_list: change.isBelowList,
});

function showPrice(price: TieredPrice | null) {
  if (price === null) return null;
  return {
    ...showAmount(price.base),
    tiers: price.tiers.map((tier) => ({ from_input_tokens: tier.fromInputTokens, ...showAmount(tier.price) })),
  };
}

function showAmount({ pico, per }: TieredPrice["base"]) {
  const text = pico.toString().padStart(PICO_DIGITS + 1, "0");
  return { usd: `${text.slice(0, -PICO_DIGITS)}.${text.slice(-PICO_DIGITS)}`, per: Number(per) };
}

/** What stands for a preview: who sets prices shows by it which preview they have read. */
export async function digestOf(base: number, entries: readonly unknown[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify([base, entries]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
