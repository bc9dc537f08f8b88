import { describe, expect, it } from "vitest";
import {
  catalogVersion,
  findModel,
  priceSheet,
  selectPrice,
  type DatedPrices,
  type Endpoint,
  type PriceOverrides,
  type UnitPrices,
} from "#catalog";

const MILLION = 1_000_000n;
const flat = (pico: bigint) => ({ base: { pico, per: MILLION }, tiers: [] });
const at = (iso: string): number => Date.parse(iso);
const dated = (from: string | null, pico: bigint, more: Partial<DatedPrices> = {}): DatedPrices => ({
  from,
  prices: { input: flat(pico), output: flat(pico) },
  source: null,
  ...more,
});
const endpoint = (prices: readonly DatedPrices[]): Endpoint => ({
  id: "test/model",
  provider: "test",
  upstreamModel: "model",
  contextTokens: null,
  maxOutputTokens: null,
  prices,
  abort: "drain",
  dataPolicy: { retention: "unknown", training: "unknown", regions: null, source: null },
});
const overrides = (version: number, ...entries: readonly DatedPrices[]): PriceOverrides => ({
  version,
  entries: entries.map((entry) => ({ endpoint: "test/model", dated: entry })),
});
const inputPico = (prices: UnitPrices | undefined): bigint | undefined => prices?.input?.base.pico;

describe("a price sheet", () => {
  const changing = endpoint([dated(null, 1n), dated("2026-06-01T00:00:00Z", 2n), dated("2026-12-01T00:00:00Z", 3n)]);

  it("takes the entry in force when the request started, to the millisecond", () => {
    expect(inputPico(priceSheet(changing, at("2026-05-31T23:59:59.999Z"), null)?.prices)).toBe(1n);
    expect(inputPico(priceSheet(changing, at("2026-06-01T00:00:00Z"), null)?.prices)).toBe(2n);
    expect(inputPico(priceSheet(changing, at("2027-01-01T00:00:00Z"), null)?.prices)).toBe(3n);
  });

  it("G3: is null where no entry is in force, so that an unpriced call is refused and never free", () => {
    expect(priceSheet(endpoint([]), 0, null)).toBeNull();
    expect(priceSheet(endpoint([dated("2026-06-01T00:00:00Z", 2n)]), at("2026-05-01T00:00:00Z"), null)).toBeNull();
    expect(priceSheet(endpoint([dated(null, 1n, { prices: {} })]), 0, null)).toBeNull();
  });

  it("needs no price for input: sound, pictures and searches are priced by units of their own", () => {
    const sheet = priceSheet(endpoint([dated(null, 1n, { prices: { audio_ms: flat(1n) } })]), 0, null);
    expect(sheet?.prices).toEqual({ audio_ms: flat(1n) });
  });

  it("names the catalogue, and the override set where there is one", () => {
    expect(priceSheet(changing, 0, null)?.version).toBe(catalogVersion);
    expect(priceSheet(changing, 0, overrides(0))?.version).toBe(catalogVersion);
    expect(priceSheet(changing, 0, overrides(17))?.version).toBe(`${catalogVersion}+o17`);
  });

  it("lets an override win over a catalogue entry as old or older, and the later `from` win among all", () => {
    const now = at("2026-07-01T00:00:00Z");
    expect(inputPico(priceSheet(changing, now, overrides(1, dated(null, 9n)))?.prices)).toBe(2n);
    expect(inputPico(priceSheet(changing, now, overrides(1, dated("2026-06-01T00:00:00Z", 9n)))?.prices)).toBe(9n);
    const both = overrides(1, dated("2026-06-20T00:00:00Z", 9n), dated("2026-06-10T00:00:00Z", 8n));
    expect(inputPico(priceSheet(changing, now, both)?.prices)).toBe(9n);
    expect(inputPico(priceSheet(changing, now, overrides(1, dated("2026-08-01T00:00:00Z", 9n)))?.prices)).toBe(2n);
  });

  it("ignores overrides of other endpoints", () => {
    const other: PriceOverrides = { version: 1, entries: [{ endpoint: "test/other", dated: dated(null, 9n) }] };
    expect(inputPico(priceSheet(endpoint([dated(null, 1n)]), 0, other)?.prices)).toBe(1n);
  });

  it("replaces the whole sheet by an override: one without any price closes the endpoint", () => {
    const closing = overrides(2, dated(null, 9n, { prices: {} }));
    expect(priceSheet(endpoint([dated(null, 1n)]), 0, closing)).toBeNull();
  });

  it("applies a daily window between its times, also over midnight", () => {
    const day = { fromMs: 3_600_000, untilMs: 14_400_000 };
    const night = { fromMs: 82_800_000, untilMs: 3_600_000 };
    const peak = endpoint([dated(null, 1n), dated(null, 5n, { daily: day }), dated(null, 7n, { daily: night })]);
    const pico = (time: string) => inputPico(priceSheet(peak, at(`2026-09-01T${time}Z`), null)?.prices);
    expect(pico("00:59:59.999")).toBe(7n);
    expect(pico("01:00:00")).toBe(5n);
    expect(pico("03:59:59.999")).toBe(5n);
    expect(pico("04:00:00")).toBe(1n);
    expect(pico("23:00:00")).toBe(7n);
  });

  it("keeps DeepSeek's peak hours to the date that introduced them", () => {
    const [deepseek] = findModel("deepseek/deepseek-v4-flash")?.endpoints ?? [];
    const pico = (iso: string) => deepseek && inputPico(priceSheet(deepseek, at(iso), null)?.prices);
    expect(pico("2026-08-01T02:00:00Z")).toBe(140_000_000_000n);
    expect(pico("2026-09-01T00:30:00Z")).toBe(220_000_000_000n);
    expect(pico("2026-09-01T02:00:00Z")).toBe(440_000_000_000n);
  });

  it("refuses a malformed date instead of guessing", () => {
    expect(() => priceSheet(endpoint([dated("soon", 1n)]), 0, null)).toThrow(RangeError);
  });
});

describe("a tiered price", () => {
  const tiers = [
    { fromInputTokens: 200_000, price: { pico: 2n, per: 1n } },
    { fromInputTokens: 400_000, price: { pico: 3n, per: 1n } },
  ];
  const base = { pico: 1n, per: 1n };

  it("is the last tier that the whole input reaches, in whatever order tiers are listed", () => {
    for (const listed of [tiers, tiers.toReversed()]) {
      const pico = (tokens: number) => selectPrice({ base, tiers: listed }, tokens).pico;
      expect([pico(0), pico(199_999), pico(200_000), pico(399_999), pico(400_000)]).toEqual([1n, 1n, 2n, 2n, 3n]);
    }
  });

  it("of the package begins above its `start`: 272,000 tokens of GPT-5.4 are the long price, of GPT-6 Sol the short one", () => {
    const input = (id: string) => findModel(id)?.endpoints[0]?.prices.at(-1)?.prices.input;
    const older = input("openai/gpt-5.4");
    const newer = input("openai/gpt-6-sol");
    expect(older && selectPrice(older, 271_999).pico).toBe(2_500_000_000_000n);
    expect(older && selectPrice(older, 272_000).pico).toBe(5_000_000_000_000n);
    expect(newer && selectPrice(newer, 272_000).pico).toBe(2_000_000_000_000n);
    expect(newer && selectPrice(newer, 272_001).pico).toBe(4_000_000_000_000n);
  });
});
