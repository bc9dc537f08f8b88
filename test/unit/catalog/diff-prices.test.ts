import { describe, expect, test } from "vitest";
import {
  diffPrices,
  findModel,
  models,
  priceSheet,
  unknownEndpoints,
  type PriceOverrides,
  type UnitPrices,
} from "#catalog";

const NOW_MS = Date.parse("2026-11-30T00:00:00Z");
const LATER = "2027-01-01T00:00:00.000Z";
const endpoint = findModel("openai/gpt-4.1-nano")?.endpoints[0];
if (endpoint === undefined) throw new Error("the catalogue lost the test's model");
const listed = priceSheet(endpoint, NOW_MS, null)?.prices ?? {};

const set = (version: number, ...entries: readonly (readonly [string | null, UnitPrices])[]): PriceOverrides => ({
  version,
  entries: entries.map(([from, prices]) => ({ endpoint: endpoint.id, dated: { from, prices, source: null } })),
});
const NONE = set(0);
const times = (prices: UnitPrices, factor: bigint): UnitPrices =>
  Object.fromEntries(
    Object.entries(prices).map(([unit, { base, tiers }]) => [
      unit,
      { base: { ...base, pico: base.pico * factor }, tiers },
    ]),
  );

describe("what a set of prices would change", () => {
  test("is every unit whose price is another, from now on, beside the list's", () => {
    const changes = diffPrices(NONE, set(1, [null, times(listed, 2n)]), NOW_MS);
    expect(changes.map(({ unit }) => unit).toSorted()).toEqual(Object.keys(listed).toSorted());
    for (const change of changes) {
      expect(change).toMatchObject({ endpoint: endpoint.id, atMs: NOW_MS, isBelowList: false });
      expect(change.before).toEqual(change.list);
    }
  });

  test("is nothing for the same prices, per another number of units too", () => {
    const perThousandfold = Object.fromEntries(
      Object.entries(listed).map(([unit, { base, tiers }]) => [
        unit,
        { base: { pico: base.pico * 1_000n, per: base.per * 1_000n }, tiers },
      ]),
    );
    expect(diffPrices(NONE, set(1, [null, listed]), NOW_MS)).toEqual([]);
    expect(diffPrices(set(1, [null, listed]), set(2, [null, perThousandfold]), NOW_MS)).toEqual([]);
  });

  test("is told for the instant at which it begins", () => {
    const changes = diffPrices(NONE, set(1, [LATER, times(listed, 3n)]), NOW_MS);
    expect(new Set(changes.map(({ atMs }) => atMs))).toEqual(new Set([Date.parse(LATER)]));
  });

  test("of a window of the day is told for the instant at which it opens", () => {
    const dated = {
      from: null,
      daily: { fromMs: 3_600_000, untilMs: 7_200_000 },
      prices: times(listed, 2n),
      source: null,
    };
    const changes = diffPrices(NONE, { version: 1, entries: [{ endpoint: endpoint.id, dated }] }, NOW_MS);
    expect(new Set(changes.map(({ atMs }) => atMs))).toEqual(new Set([NOW_MS + 3_600_000]));
  });

  test("is told of a window of the day whose entry begins later", () => {
    const daily = { fromMs: 3_600_000, untilMs: 7_200_000 };
    const dated = { from: LATER, daily, prices: times(listed, 2n), source: null };
    const changes = diffPrices(NONE, { version: 1, entries: [{ endpoint: endpoint.id, dated }] }, NOW_MS);
    expect(new Set(changes.map(({ atMs }) => atMs))).toEqual(new Set([Date.parse(LATER) + daily.fromMs]));
  });

  test("is told for the catalogue's own windows, in which the list's price is another", () => {
    const own = models()
      .flatMap(({ endpoints }) => endpoints)
      .find(({ prices }) => prices.some(({ daily }) => daily !== undefined));
    if (own === undefined) throw new Error("the catalogue has no price by the time of day any more");
    // The price of midnight, at every hour: it is another than the list's wherever a window is open that was not then.
    const prices = priceSheet(own, NOW_MS, null)?.prices ?? {};
    const dated = { from: new Date(NOW_MS).toISOString(), prices, source: null };
    const changes = diffPrices(NONE, { version: 1, entries: [{ endpoint: own.id, dated }] }, NOW_MS);
    const turns = new Set(own.prices.flatMap(({ daily }) => (daily ? [daily.fromMs, daily.untilMs] : [])));
    expect(changes.length).toBeGreaterThan(0);
    for (const { atMs } of changes) expect(turns.has(atMs - NOW_MS)).toBe(true);
  });

  test("is a price that is gone, where an entry has none", () => {
    const changes = diffPrices(NONE, set(1, [null, {}]), NOW_MS);
    expect(changes.map(({ after }) => after)).toEqual(Object.keys(listed).map(() => null));
  });

  test("and where it would sell below the list's price says so, in one tier too", () => {
    const { input } = listed;
    if (input === undefined) throw new Error("no price of input");
    const cheaper = { ...listed, input: { ...input, tiers: [{ fromInputTokens: 9, price: { pico: 0n, per: 1n } }] } };
    const changes = diffPrices(NONE, set(1, [null, cheaper]), NOW_MS);
    expect(changes.map(({ unit, isBelowList }) => [unit, isBelowList])).toEqual([["input", true]]);
  });

  test("names endpoints that there are none of", () => {
    const { entries } = set(1, [null, listed]);
    const stray = {
      version: 1,
      entries: [...entries, ...entries.map(({ dated }) => ({ dated, endpoint: "nobody/nothing" }))],
    };
    expect(unknownEndpoints(stray)).toEqual(["nobody/nothing"]);
    expect(diffPrices(NONE, stray, NOW_MS)).toEqual([]);
  });
});
